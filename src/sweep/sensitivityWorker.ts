import { workerData } from 'node:worker_threads';
import { measureSensitivity, type Sensitivity, type ShadowKind } from '../certify/sensitivity.ts';
import type { Resources } from '../run/execute.ts';
import type { RunSpec } from '../run/spec.ts';

/** What every worker is given when it starts. */
export interface SensitivityData {
  readonly resources: Resources;
  readonly kinds: readonly ShadowKind[];
}

/** A run and its shadows, in a worker thread. */
export default function measure(spec: RunSpec): Promise<Sensitivity> {
  const { resources, kinds } = workerData as SensitivityData;
  return measureSensitivity(spec, resources, kinds);
}
