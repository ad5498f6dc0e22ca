import { absorb, clearLanes, digestOf, digestOfLanes, LANES } from '../core/fingerprint.ts';
import { sha256 } from '../core/hash.ts';
import { canonicalJson } from '../core/json.ts';
import type { Slot } from '../core/layout.ts';
import type { Vec } from '../core/memory.ts';
import type { EngineFactory } from '../kernels/kernels.ts';
import { execute, type Resources } from '../run/execute.ts';
import { type RunResult, runId } from '../run/record.ts';
import { parseSpec } from '../run/spec.ts';
import { StepTracer } from '../train/stepTracer.ts';
import type { NamedRun } from './goldenSet.ts';

/** What is kept of a run, to say later whether and where it has moved. */
export interface GoldenRun extends NamedRun {
  readonly id: string;
  readonly outcome: string;
  /** Eight digits of the state before the first and after every step. */
  readonly digests: string;
  readonly last: string;
  /** The training loss of every step. */
  readonly loss: readonly number[];
  /** The first and the middle element of every tensor after each of the {@link sampledSteps}, as bits. */
  readonly params: Readonly<Record<string, string>>;
  /**
   * Eight digits of all that was recorded in each channel, of the evaluations, and of the updates behind every link of the optimizer's chain:
   * what is rounded away when it is added to a parameter shows there. A method that moves parameters in one pass has no updates.
   */
  readonly channels: Readonly<Record<string, string>>;
}

/** Steps after which parameters are kept: powers of four, and the last one. */
export function sampledSteps(last: number): number[] {
  const steps: number[] = [];
  for (let step = 1; step < last; step *= 4) steps.push(step);
  return last > 0 ? [...steps, last] : steps;
}

/** Executes a run and keeps of it what a golden file holds. */
export async function goldenOf({ name, spec: input }: NamedRun, resources: Resources): Promise<GoldenRun> {
  const spec = parseSpec(input);
  const digests: string[] = [];
  const loss: number[] = [];
  const sampled: Record<string, string>[] = [];
  const lanes = new Int32Array(LANES);
  clearLanes(lanes);
  const result = await execute(spec, resources, {
    trace: new UpdatesTracer(lanes),
    onStep(seen) {
      digests.push(digestOf(seen.fingerprint()));
      const { params, layout } = seen.network;
      sampled.push(Object.fromEntries(layout.slots.map((slot) => [slot.name, sampleOf(params, slot)])));
      if (seen.step > 0) loss.push(seen.loss);
    },
  });
  const steps = sampledSteps(sampled.length - 1).map((step) => sampled[step]);
  return {
    name,
    spec: input,
    id: runId(spec),
    outcome: canonicalJson(result.outcome),
    digests: digests.join(''),
    last: result.chain.last,
    loss,
    params: Object.fromEntries(
      Object.keys(sampled[0]).map((tensor) => [tensor, steps.map((each) => each[tensor]).join('')]),
    ),
    channels: { ...channelsOf(result), updates: digestOfLanes(lanes) },
  };
}

/** Looks at no step as a whole, only at the updates of each. */
class UpdatesTracer extends StepTracer {
  override readonly link: StepTracer['link'];

  constructor(lanes: Int32Array) {
    super(-1);
    this.link = (_name, updates) => absorb(lanes, updates, 0, updates.length);
  }

  override engine(factory: EngineFactory): EngineFactory {
    return factory;
  }
}

function sampleOf(params: Vec, { offset, length }: Slot): string {
  return (
    hexOf(params.subarray(offset, offset + 1)) + hexOf(params.subarray(offset + (length >> 1)).subarray(0, 1))
  );
}

/** The bits of a number, the sign first: eight digits of a float32, sixteen of a float64. Which NaN it is no standard says: all are one. */
function hexOf(one: Vec): string {
  if (Number.isNaN(one[0])) return one instanceof Float64Array ? '7ff8000000000000' : '7fc00000';
  const bytes = new Uint8Array(one.buffer, one.byteOffset, one.byteLength);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))
    .reverse()
    .join('');
}

function channelsOf({ series, flops }: RunResult): Record<string, string> {
  const parts = { ...series.steps.channels, evaluations: { ...series.evaluations, all: flops } };
  return Object.fromEntries(
    Object.entries(parts).map(([name, part]) => [name, sha256(canonicalJson(part)).slice(0, 8)]),
  );
}
