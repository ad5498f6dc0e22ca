export { COSTS, type Cost, costToTarget, type Metric, metricOf } from '../report/metric.ts';
