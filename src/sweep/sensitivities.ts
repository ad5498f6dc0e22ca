import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { measureSensitivity, type Sensitivity, type ShadowKind } from '../certify/sensitivity.ts';
import { InvalidInput } from '../core/check.ts';
import type { Resources } from '../run/execute.ts';
import type { RunSpec } from '../run/spec.ts';
import type { Mistake, SensitivityData } from './sensitivityWorker.ts';

// sources run as .ts in a checkout and as .js from an install
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './sensitivityWorker.ts' : './sensitivityWorker.js',
  import.meta.url,
);

export interface SensitivitiesOptions {
  /** Runs at a time, each in a thread; 0: in this one. */
  readonly workers: number;
  readonly kinds: readonly ShadowKind[];
  readonly onEnd?: (done: number) => void;
}

/** The rounding sensitivity of all runs, in their order, whatever the number of workers. Rejects with what a run throws. */
export async function measureSensitivities(
  specs: readonly RunSpec[],
  resources: Resources,
  { workers, kinds, onEnd }: SensitivitiesOptions,
): Promise<Sensitivity[]> {
  let done = 0;
  const told = (result: Sensitivity) => {
    onEnd?.(++done);
    return result;
  };
  if (workers === 0) {
    const results: Sensitivity[] = [];
    for (const spec of specs) results.push(told(await measureSensitivity(spec, resources, kinds)));
    return results;
  }
  const threads = Math.min(workers, specs.length);
  const pool = new Piscina<RunSpec, Sensitivity | Mistake>({
    filename: fileURLToPath(WORKER),
    minThreads: threads,
    maxThreads: threads,
    workerData: { resources, kinds } satisfies SensitivityData,
  });
  try {
    return await Promise.all(
      specs.map(async (spec) => {
        const result = await pool.run(spec);
        if ('mistake' in result) throw new InvalidInput(result.mistake);
        return told(result);
      }),
    );
  } finally {
    await pool.destroy();
  }
}
