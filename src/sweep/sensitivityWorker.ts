import { workerData } from 'node:worker_threads';
import { measureSensitivity, type Sensitivity, type ShadowKind } from '../certify/sensitivity.ts';
import { InvalidInput } from '../core/check.ts';
import type { Resources } from '../run/execute.ts';
import type { RunSpec } from '../run/spec.ts';

/** What every worker is given when it starts. */
export interface SensitivityData {
  readonly resources: Resources;
  readonly kinds: readonly ShadowKind[];
}

/** What is wrong with a run: the class of an error does not reach another thread. */
export interface Mistake {
  readonly mistake: string;
}

/** A run and its shadows, in a worker thread. */
export default async function measure(spec: RunSpec): Promise<Sensitivity | Mistake> {
  const { resources, kinds } = workerData as SensitivityData;
  try {
    return await measureSensitivity(spec, resources, kinds);
  } catch (error) {
    if (error instanceof InvalidInput) return { mistake: error.message };
    throw error;
  }
}
