import type { Metric } from '../report/metric.ts';
import type { RunSpecInput } from '../run/spec.ts';
import type { Protocol } from './stage.ts';

/** What an experiment will conclude, declared before its first run. */
export interface Conclusion {
  /** What is compared. */
  readonly metric: Metric;
  /** The value of the metric that a run has to reach: costs are counted up to there. */
  readonly target?: number;
  /** The method that the others are compared with, by its name in the report. */
  readonly reference?: string;
  /** Pairs of methods to compare; every method with the reference unless given. */
  readonly comparisons?: readonly (readonly [string, string])[];
  /** The largest difference of the metric that does not matter: of two methods that are not told apart the report says whether they differ by less. */
  readonly margin?: number;
}

interface Question {
  /** The heading of the report. */
  readonly title: string;
  /** One or two sentences: what the experiment asks. */
  readonly question: string;
  readonly conclusion?: Conclusion;
}

/** What an experiment file exports by default. The file's name is the name of the experiment and of its results folder. */
export type Experiment = Question &
  (
    | {
        /** The runs, as plain JSON specs. May be a generator; called several times, it gives the same every time. Equal specs are run once. */
        readonly runs: () => Iterable<RunSpecInput>;
      }
    | {
        /** Runs that depend on the results of others: a search, a tuned comparison. */
        readonly protocol: Protocol;
      }
  );

/** Gives an experiment its type: `export default experiment({ title, question, *runs() { ... } })`. */
export function experiment<E extends Experiment>(definition: E): E {
  return definition;
}
