import { InvalidInput } from '../core/check.ts';
import { runId } from '../run/record.ts';
import { parseSpec, type RunSpec } from '../run/spec.ts';
import type { LoadedExperiment } from './loadExperiment.ts';
import type { Stage } from './stage.ts';
import { iterateUserCode, shownPath } from './userCode.ts';

export interface PlannedRun {
  readonly id: string;
  readonly spec: RunSpec;
}

/** The runs of a stage, each once, in the order in which the experiment gives them. Only their ids are in memory. */
export interface PlannedStage {
  readonly name: string;
  readonly ids: readonly string[];
  /** How many specs were equal to an earlier one. */
  readonly duplicates: number;
  /** Makes the wanted runs once more, one at a time, with their places in the experiment's list. */
  runs(isWanted?: (id: string) => boolean): Iterable<PlannedRun & { readonly index: number }>;
}

/** A generator that never ends would otherwise fill the memory without a word. */
const MOST_RUNS = 1_000_000;

/** Checks every spec of a stage. @throws InvalidInput with the mistakes of all runs, each mistake once. */
export function planStage(stage: Stage, experiment: LoadedExperiment): PlannedStage {
  const ids = new Map<string, number>();
  const mistakes = new Mistakes(experiment);
  let count = 0;
  for (const input of inputsOf(stage, experiment)) {
    if (count === MOST_RUNS) throw endless(stage, experiment);
    const index = count++;
    mistakes.collect(index, () => {
      const id = runId(parseSpec(input, ''));
      if (!ids.has(id)) ids.set(id, index);
    });
  }
  mistakes.throwIfAny(count);
  if (count === 0) throw nothingToRun(stage, experiment);
  return {
    name: stage.name,
    ids: [...ids.keys()],
    duplicates: count - ids.size,
    *runs(isWanted = () => true) {
      const wanted = new Map([...ids].filter(([id]) => isWanted(id)).map(([id, index]) => [index, id]));
      let index = 0;
      for (const input of inputsOf(stage, experiment)) {
        const id = wanted.get(index);
        if (id !== undefined) {
          const spec = parseSpec(input, '');
          if (runId(spec) !== id) throw changedRuns(stage, experiment, index);
          yield { id, spec, index };
          wanted.delete(index);
        }
        index++;
        if (wanted.size === 0) return;
      }
      throw changedRuns(stage, experiment, index);
    },
  };
}

/** A plan of runs that are at hand, for sweeps without an experiment file. */
export function plannedStage(runs: readonly PlannedRun[], name = 'runs'): PlannedStage {
  return {
    name,
    ids: runs.map(({ id }) => id),
    duplicates: 0,
    *runs(isWanted = () => true) {
      for (const [index, run] of runs.entries()) if (isWanted(run.id)) yield { ...run, index };
    },
  };
}

function* inputsOf({ runs }: Stage, { file }: LoadedExperiment): Generator<unknown> {
  yield* iterateUserCode(file, 'experiment', () => {
    const specs: unknown = runs();
    const iterable = specs as Iterable<unknown> | null;
    if (typeof iterable?.[Symbol.iterator] === 'function' && typeof specs !== 'string') return iterable;
    throw new InvalidInput(
      'runs() gave something that is not a list; expected an array or a (synchronous) generator of specs',
    );
  });
}

function nothingToRun({ name }: Stage, { file }: LoadedExperiment): InvalidInput {
  const which = name === 'runs' ? 'runs() gave no specs' : `its stage ${name} has no specs`;
  return new InvalidInput(`invalid experiment ${shownPath(file)}: ${which}, so that there is nothing to run`);
}

function endless(_stage: Stage, { file }: LoadedExperiment): InvalidInput {
  return new InvalidInput(
    `invalid experiment ${shownPath(file)}: runs() gave more than ${MOST_RUNS} specs; does its loop end?`,
  );
}

function changedRuns({ name }: Stage, { file }: LoadedExperiment, index: number): InvalidInput {
  return new InvalidInput(
    `invalid experiment ${shownPath(file)}: ${name}() gave other specs when it was called again (from runs[${index}] on); ` +
      'it must give the same ones every time: no clock, no Math.random, nothing that is used up',
  );
}

/** As many mistakes as fit on a screen; the rest is counted. */
const MOST_MISTAKES = 20;

/** What is wrong with the runs of an experiment: each mistake once, with the runs that have it. */
export class Mistakes {
  readonly #experiment: LoadedExperiment;
  readonly #runs = new Map<string, { first: number; others: number }>();
  readonly #wrong = new Set<number>();

  constructor(experiment: LoadedExperiment) {
    this.#experiment = experiment;
  }

  /** Does `work` for the run at `index`; an InvalidInput becomes mistakes of it. Returns whether there was none. */
  collect(index: number, work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      this.add(index, error);
      return false;
    }
  }

  add(index: number, error: unknown): void {
    if (!(error instanceof InvalidInput)) throw error;
    this.#wrong.add(index);
    for (const mistake of mistakesOf(error)) {
      const known = this.#runs.get(mistake);
      if (known === undefined) this.#runs.set(mistake, { first: index, others: 0 });
      else known.others++;
    }
  }

  /** @throws InvalidInput with all mistakes of `count` runs. */
  throwIfAny(count: number): void {
    if (this.#runs.size === 0) return;
    const lines = [...this.#runs].map(([mistake, { first, others }]) => {
      return `runs[${first}]${mistake}${others > 0 ? ` (and in ${others} more ${others > 1 ? 'runs' : 'run'})` : ''}`;
    });
    const rest = lines.length - MOST_MISTAKES;
    throw new InvalidInput(
      [
        `invalid experiment ${shownPath(this.#experiment.file)}: ${this.#wrong.size} of ${count} runs cannot be run`,
        ...lines.slice(0, MOST_MISTAKES),
        ...(rest > 0 ? [`and ${rest} more mistakes`] : []),
      ].join('\n  '),
    );
  }
}

/** The lines of parseSpec's message: `.optimizer.learningRate: expected …`; any other message is one. */
function mistakesOf({ message }: InvalidInput): string[] {
  const lines = message.replace(/^invalid (?=[.:[])/, '').split('\n  ');
  return /^[.:[]/.test(lines[0]) ? lines : [`: ${message}`];
}
