import { InvalidInput } from '../core/check.ts';
import { MethodSpecs } from '../report/methods.ts';
import { runId } from '../run/record.ts';
import { parseSpec, type RunSpec } from '../run/spec.ts';
import { conclusionMistakes, namesMethods } from './definition.ts';
import type { LoadedExperiment } from './loadExperiment.ts';
import { Mistakes } from './mistakes.ts';
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
  const conclusion = experiment.isAdaptive ? undefined : experiment.conclusion;
  const methods = namesMethods(conclusion) ? new MethodSpecs() : undefined;
  let count = 0;
  for (const input of inputsOf(stage, experiment)) {
    if (count === MOST_RUNS) throw endless(stage, experiment);
    const index = count++;
    mistakes.collect(index, () => {
      const spec = parseSpec(input, '');
      const id = runId(spec);
      if (!ids.has(id)) ids.set(id, index);
      methods?.add(spec);
    });
  }
  // the names of methods are made of all specs: they are not known while one of these is wrong
  if (conclusion !== undefined && methods !== undefined && !mistakes.areOfRuns)
    mistakes.addOfConclusion(conclusionMistakes(conclusion, methods.names));
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
