import type { RunSpec } from '../../run/spec.ts';
import { runsTable } from './runsTable.ts';
import { evaluationsTable, stepsTable } from './seriesTables.ts';
import type { Table } from './table.ts';

export const tableNames = ['runs', 'evaluations', 'steps'] as const;
export type TableName = (typeof tableNames)[number];

/** A table of runs; the columns of the table `runs` depend on the specs of the experiment. */
export function tableNamed(name: TableName, specs: Iterable<RunSpec>): Table {
  if (name === 'runs') return runsTable(specs) as Table;
  return (name === 'evaluations' ? evaluationsTable : stepsTable) as Table;
}
