import type { DatabaseSync } from 'node:sqlite';
import { sha256 } from '../core/hash.ts';
import { engineDigest } from '../run/engineDigest.ts';
import { withStoreErrors } from './sqliteError.ts';

/** What an experiment said that it would conclude, and how much was known by then. */
export interface Declaration {
  readonly experiment: string;
  readonly sha256: string;
  readonly text: string;
  readonly declaredAt: string;
  /** Records of the engine that were stored then. */
  readonly runs: number;
}

/** The table `declarations`. */
export function keepDeclarations(
  database: DatabaseSync,
  path: string,
  inTransaction: (work: () => void) => void,
) {
  const prepare = (query: string) => withStoreErrors(path, () => database.prepare(query));
  const columns = 'experiment, sha256, text, declaredAt, runs';
  const sql = {
    all: prepare(`SELECT ${columns} FROM declarations WHERE experiment = ? ORDER BY number`),
    put: prepare(
      `INSERT INTO declarations (${columns}) VALUES (?, ?, ?, ?, (SELECT count(*) FROM records WHERE engine = ?))`,
    ),
  };
  const declarations = (experiment: string) =>
    withStoreErrors(path, () => sql.all.all(experiment)) as unknown[] as Declaration[];
  return {
    /** In the order in which they were made; the last one holds. */
    declarations,
    /** Keeps a declaration with the time, unless it is the one that holds already. */
    declare(experiment: string, text: string, engine = engineDigest()): void {
      const digest = sha256(text);
      if (declarations(experiment).at(-1)?.sha256 === digest) return;
      inTransaction(() => sql.put.run(experiment, digest, text, new Date().toISOString(), engine));
    },
  };
}
