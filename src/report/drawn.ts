import type { RunRecord } from '../run/record.ts';
import type { Compared } from './compared.ts';
import { MOST_STEP_SEEDS } from './figures.ts';
import type { Method } from './methods.ts';

/** More methods than this would be a page that nobody reads, in figures that nobody waits for. */
const MOST_DRAWN = 40;

/** Gives a record its step series, which is most of it. */
export type Complete = (record: RunRecord) => RunRecord;

/** The methods that figures show, the best ones of many, in their order; with the step series of their best settings. */
export function drawnOf(
  { methods, rows }: Pick<Compared, 'methods' | 'rows'>,
  complete?: Complete,
): Method[] {
  const best = new Set(rows.slice(0, MOST_DRAWN).map(({ method }) => method));
  return methods
    .filter(({ label }) => best.has(label))
    .map((method) => (complete === undefined ? method : completed(method, complete)));
}

function completed(method: Method, complete: Complete): Method {
  const { best, settings } = method;
  if (best === null) return method;
  const records = best.records.map((record, i) => (i < MOST_STEP_SEEDS ? complete(record) : record));
  const whole = { ...best, records };
  return {
    ...method,
    best: whole,
    settings: settings.map((setting) => (setting === best ? whole : setting)),
  };
}
