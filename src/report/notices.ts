import type { RunRecord } from '../run/record.ts';
import { count } from './format.ts';
import type { OpenStage } from './report.ts';

/** Which of the records another engine computed, as a sentence; null if none. */
export function otherEngines(
  records: readonly Pick<RunRecord, 'engine'>[],
  engine: string | undefined,
): string | null {
  const counts = new Map<string, number>();
  for (const record of records)
    if (engine !== undefined && record.engine !== engine)
      counts.set(record.engine, (counts.get(record.engine) ?? 0) + 1);
  if (counts.size === 0) return null;
  const list = [...counts].map(([digest, runs]) => `${digest.slice(0, 12)} (${count(runs, 'run')})`);
  const total = [...counts.values()].reduce((sum, runs) => sum + runs, 0);
  return `${total} of ${count(records.length, 'run')} ${total === 1 ? 'was' : 'were'} computed by other versions of the engine, as asked for: ${list.join(', ')}. Their numbers may differ from those of this version.`;
}

/** How far an experiment is of which later stages are not known yet. */
export function partialText(stages: readonly OpenStage[]): string {
  const list = stages.map(({ name, runs, ended }) => `${name} (${ended} of ${count(runs, 'run')} ended)`);
  return `Partial: later stages depend on results that are not there yet. Known so far: ${list.join('; ')}.`;
}
