export { COSTS, type Cost, checkMetric, costToTarget, type Metric, metricOf } from '../report/metric.ts';
