import { sha256 } from '../core/hash.ts';
import { canonicalJson } from '../core/json.ts';
import type { ChainRecord } from '../train/chain.ts';
import type { Cost, EvaluationSeries, StepSeries } from '../train/series.ts';
import type { RunSpec } from './spec.ts';

export type { ChainRecord } from '../train/chain.ts';
export type { Cost, EvaluationSeries, StepSeries } from '../train/series.ts';

/** How a run ended. A diverged run is a result, not an error. */
export type Outcome =
  | { readonly kind: 'completed' }
  | { readonly kind: 'diverged'; readonly step: number; readonly reason: string }
  | { readonly kind: 'failed'; readonly message: string }
  /** It came to no end, for example because its worker died. Never a result. */
  | { readonly kind: 'lost'; readonly message: string };

/** Where and when a run was computed. The only part of a record that may differ between two executions. */
export interface Environment {
  readonly startedAt: string;
  readonly seconds: number;
  readonly node: string;
  readonly platform: string;
  readonly cpu: string;
  readonly thalweg: string;
}

/** The result of one run. Everything but `environment` is the same bytes on every execution of the same spec. */
export interface RunRecord extends Cost {
  readonly schema: 3;
  readonly id: string;
  readonly spec: RunSpec;
  /** The digest of the engine that computed it (see run/engineDigest.ts). */
  readonly engine: string;
  readonly outcome: Outcome;
  readonly series: { readonly steps: StepSeries; readonly evaluations: EvaluationSeries };
  /** SHA-256 of the data that it was trained and tested on. */
  readonly data: string;
  /** Steps taken, and the number of parameters that were trained. */
  readonly steps: number;
  readonly parameters: number;
  /** SHA-256 of the final parameters, buffers and optimizer state. */
  readonly digest: string;
  /** The digests of all its states, chained; null of a run without a result. Records of schema 2 have none. */
  readonly chain: ChainRecord | null;
  readonly environment: Environment | null;
}

/** What an execution gives: a record before the runner has added where it ran. */
export interface RunResult extends Omit<RunRecord, 'environment'> {
  readonly chain: ChainRecord;
}

/** `r` and the SHA-256 of the canonical spec: the same experiment has the same id everywhere. */
export function runId(spec: RunSpec): string {
  return `r${sha256(canonicalJson(spec))}`;
}

/** The id of the run that goes on to its horizon. Runs of one trajectory are beginnings of each other, whatever their `until`. */
export function trajectoryId({ until: _, ...whole }: RunSpec): string {
  return runId(whole);
}
