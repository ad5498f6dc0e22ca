import { canonicalJson } from '../core/json.ts';
import type { KeptDeclaration } from '../report/conclusion.ts';
import type { Store } from '../store/store.ts';
import type { LoadedExperiment } from '../sweep/loadExperiment.ts';

/** What the experiment says that it will conclude and how it will choose, kept with the time when it said so. */
export function declarationOf({ conclusion, protocol, isAdaptive }: LoadedExperiment): string {
  const declared = isAdaptive ? (protocol.declares ?? null) : 'runs';
  return canonicalJson({ conclusion: conclusion ?? null, protocol: declared });
}

/**
 * What was declared of an experiment, the first one first; at the end what its file says now, if that is something else than the last one that
 * a run has kept: it was written after the results.
 */
export function declarationsOf(
  experiment: LoadedExperiment,
  store: Pick<Store, 'declarations'>,
  runs: number,
): KeptDeclaration[] {
  const kept = store.declarations(experiment.name);
  const text = declarationOf(experiment);
  if (kept.length === 0 || kept.at(-1)?.text === text) return kept;
  return [...kept, { text, declaredAt: 'in the file as it is now', runs }];
}
