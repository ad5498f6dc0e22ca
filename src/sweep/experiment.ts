import type { RunSpecInput } from '../run/spec.ts';
import type { Metric } from './metric.ts';
import type { Protocol } from './stage.ts';

/** What an experiment declares before the first run. */
export interface Conclusion {
  readonly metric: Metric;
  /** A value of the metric: what it costs to reach it is compared. */
  readonly target?: number;
  /** The method that the others are compared with. */
  readonly reference?: string;
}

/** What an experiment file exports by default. The file's name is the name of the experiment and of its results folder. */
export interface Experiment {
  /** The heading of the report. */
  readonly title: string;
  /** One or two sentences: what the experiment asks. */
  readonly question: string;
  readonly conclusion?: Conclusion;
  /** The runs, as plain JSON specs. Called once; may be a generator. Equal specs are run once. */
  readonly runs?: () => Iterable<RunSpecInput>;
  /** In place of runs: stages of which later ones depend on the results of earlier ones. */
  readonly protocol?: Protocol;
}

/** Gives an experiment its type: `export default experiment({ title, question, *runs() { ... } })`. */
export function experiment(definition: Experiment): Experiment {
  return definition;
}
