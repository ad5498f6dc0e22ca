import type { Resources } from '../run/execute.ts';
import { parseSpec } from '../run/spec.ts';
import { inOneStage } from '../sweep/loadExperiment.ts';
import type { PlannedStage } from '../sweep/plan.ts';
import { loadResources } from '../sweep/resources.ts';
import { Selection } from '../sweep/selectRuns.ts';
import type { RecordSource } from './recordSource.ts';

/** The ids that `--only` means. @throws InvalidInput if it leaves none. */
export function selectedRuns(source: RecordSource, only: string | undefined): readonly string[] {
  const stage = {
    ids: source.ids,
    *runs() {
      for (const id of source.ids) yield { id, spec: source.record(id).spec, index: 0 };
    },
  };
  const selection = new Selection(only);
  const wanted = selection.of(stage);
  selection.requireAny();
  return source.ids.filter((id) => wanted.has(id));
}

/** These runs as a stage of a sweep: their specs are made of the records when they are wanted. */
export function stageOf(source: RecordSource, ids: readonly string[]): PlannedStage {
  return {
    name: 'runs',
    ids,
    duplicates: 0,
    *runs(isWanted = () => true) {
      for (const [index, id] of ids.entries())
        if (isWanted(id)) yield { id, spec: parseSpec(source.record(id).spec), index };
    },
  };
}

/** What the runs need beside their specs. @throws InvalidInput if a data set is not there. */
export function resourcesOf(
  { name, experiment }: RecordSource,
  stage: PlannedStage,
  dataDir: string | undefined,
): Promise<Resources> {
  const unnamed = {
    name,
    file: name,
    title: name,
    question: '',
    conclusion: undefined,
    ...inOneStage(() => []),
  };
  return loadResources(stage, experiment ?? unnamed, { dataDir });
}
