import { canonicalJson } from '../../src/core/json.ts';
import { stream } from '../../src/core/rng.ts';
import { type Outcome, type RunRecord, runId } from '../../src/run/record.ts';
import { parseSpec, type RunSpecInput } from '../../src/run/spec.ts';
import type { Results, Stage } from '../../src/sweep/stage.ts';
import { fakeRecord } from './fakeRuns.ts';

/** What a pretended run leaves: its validation losses after step 0, and how it ended. */
export interface Pretended {
  readonly losses: readonly number[];
  readonly outcome?: Outcome;
}
export type Objective = (spec: RunSpecInput) => Pretended;

export interface DrivenStage {
  readonly name: string;
  readonly specs: readonly RunSpecInput[];
}

/** A record with evaluations at the steps 0, 10, 20 ...; 320 images and 3 gradients for 10 steps, 1e6 operations a step. */
export function pretendedRecord({ losses, outcome = { kind: 'completed' } }: Pretended): RunRecord {
  const loss = [4, ...losses];
  const step = loss.map((_, i) => 10 * i);
  const split = { loss, error: loss.map((value) => value / 10) };
  const evaluations = {
    step,
    epoch: step.map((s) => s / 10),
    samples: step.map((s) => 32 * s),
    gradientEvaluations: step.map((s) => 3 * s),
    flops: step.map((s) => 1e6 * s),
    train: split,
    validation: split,
    test: split,
  };
  const record = fakeRecord(0);
  return { ...record, outcome, series: { ...record.series, evaluations } };
}

/**
 * Carries a protocol out against an objective in place of training; the runs of a stage in an order that `order` names. Fails on a stage
 * whose runs are not the same when asked again, and on a result that no stage has asked for.
 */
export function driveProtocol<D>(
  protocol: () => Generator<Stage, D, Results>,
  objective: Objective,
  order = 0,
): { readonly decision: D; readonly stages: readonly DrivenStage[] } {
  const stages: DrivenStage[] = [];
  const records = new Map<string, RunRecord>();
  const walk = protocol();
  for (let next = walk.next(); ; ) {
    if (next.done === true) return { decision: next.value, stages };
    const { name, runs } = next.value;
    const specs = [...runs()];
    if (canonicalJson(specs) !== canonicalJson([...runs()]))
      throw new Error(`${name} gives other runs again`);
    stages.push({ name, specs });
    const places = Int32Array.from(specs, (_, i) => i);
    stream(order, 'test').at().shuffle(places);
    for (const place of places)
      records.set(canonicalJson(specs[place]), {
        ...pretendedRecord(objective(specs[place])),
        id: idOf(specs[place]),
      });
    next = walk.next((spec) => {
      const record = records.get(canonicalJson(spec));
      if (record === undefined) throw new Error(`nobody has asked for ${canonicalJson(spec)}`);
      return record;
    });
  }
}

export function idOf(spec: RunSpecInput): string {
  return runId(parseSpec(spec));
}
