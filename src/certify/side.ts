import { execute, type Resources } from '../run/execute.ts';
import type { Outcome, RunRecord } from '../run/record.ts';
import type { RunSpec } from '../run/spec.ts';
import { StepTracer, type TracedOperation } from '../train/stepTracer.ts';

/** The whole fingerprints (256 hexadecimal digits) of the states of a run, from that before the first step on, and how it ended. */
export interface States {
  readonly fingerprints: readonly string[];
  readonly outcome: Outcome;
}

/** A run that can be executed again and again, by this engine or by another version. */
export interface Side {
  readonly spec: RunSpec;
  /** What was recorded of it, if anything. */
  readonly record?: RunRecord | undefined;
  /** Whether another version executes it. */
  readonly isOther?: boolean;
  /** The states up to the end of the run, or up to the step `until`. */
  states(until?: number): Promise<States>;
  /** Everything that a step computes; step 0 is the initial state. The beginning of it where the run ends within the step. */
  operations(step: number): Promise<readonly TracedOperation[]>;
}

/** A run on this engine. */
export function ownSide(spec: RunSpec, resources: Resources, record?: RunRecord): Side {
  return {
    spec,
    record,
    async states(until) {
      const fingerprints: string[] = [];
      const { outcome } = await execute(spec, resources, {
        onStep: ({ fingerprint }) => fingerprints.push(fingerprint()),
        ...(until === undefined ? {} : { endAt: until }),
      });
      return { fingerprints, outcome };
    },
    async operations(step) {
      const trace = new StepTracer(step);
      await execute(spec, resources, { trace, endAt: step });
      return trace.operations;
    },
  };
}
