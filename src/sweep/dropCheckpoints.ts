import { trajectoryId } from '../run/record.ts';
import type { Store } from '../store/store.ts';
import type { PlannedStage } from './plan.ts';

/** Drops the checkpoints of all runs of these stages, once nothing will go on from them. */
export function dropCheckpoints(
  stages: readonly Pick<PlannedStage, 'runs'>[],
  store: Store,
  engine: string,
): void {
  const all = store.checkpoints().filter((checkpoint) => checkpoint.engine === engine);
  const kept = new Set(all.map(({ trajectory }) => trajectory));
  if (kept.size === 0) return;
  const over = new Set<string>();
  for (const stage of stages)
    for (const { spec } of stage.runs()) {
      const trajectory = trajectoryId(spec);
      if (kept.has(trajectory)) over.add(trajectory);
    }
  store.atOnce(() => {
    for (const trajectory of over) store.dropCheckpoints(trajectory, engine);
  });
}
