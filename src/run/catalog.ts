import type { Json } from '../core/json.ts';
import { activations } from './catalog/activations.ts';
import { averagings } from './catalog/averagings.ts';
import { clips } from './catalog/clips.ts';
import { datasets } from './catalog/datasets.ts';
import { faults } from './catalog/faults.ts';
import { inits } from './catalog/inits.ts';
import { losses, models } from './catalog/models.ts';
import { modifiers } from './catalog/modifiers.ts';
import { norms } from './catalog/norms.ts';
import { optimizers } from './catalog/optimizers.ts';
import { probes } from './catalog/probes.ts';
import { problems } from './catalog/problems.ts';
import { schedules } from './catalog/schedules.ts';
import { weightDecays } from './catalog/weightDecays.ts';
import { type Dialect, defaultsOf, type Table } from './schema.ts';

/** Every family of methods by the name under which the command line lists it. */
const families = {
  optimizers,
  modifiers,
  averagings,
  schedules,
  clips,
  weightDecays,
  norms,
  activations,
  inits,
  models,
  losses,
  datasets,
  problems,
  probes,
  faults,
} satisfies Record<string, Table>;

export interface CatalogEntry {
  readonly summary: string;
  readonly source?: string;
  readonly defaults: Readonly<Record<string, Json>>;
  /** Options that have no default. */
  readonly required: readonly string[];
  /** Options that may be left out and have no default either. */
  readonly optional: readonly string[];
  /** Other libraries' forms: what differs, and the defaults that do. */
  readonly dialects: Readonly<Record<string, Dialect>>;
}

/** What thalweg knows, for lists and documents: one entry a row of the tables that specs are checked against. */
export const catalog: Readonly<Record<string, Readonly<Record<string, CatalogEntry>>>> = Object.fromEntries(
  Object.entries(families).map(([name, table]) => [name, describe(table)]),
);

function describe(table: Table): Record<string, CatalogEntry> {
  return Object.fromEntries(
    Object.entries(table).map(([kind, { summary, source, options, dialects = {} }]) => {
      const defaults = defaultsOf(options);
      const required = Object.keys(options).filter((name) => !options[name].safeParse(undefined).success);
      const optional = Object.keys(options).filter(
        (name) => !required.includes(name) && !Object.hasOwn(defaults, name),
      );
      const from = source === undefined ? {} : { source };
      return [kind, { summary, ...from, defaults, required, optional, dialects }];
    }),
  );
}
