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
export interface Declarations {
  /** Of one experiment or of all, in the order in which they were made; the last one of an experiment holds. */
  declarations(experiment?: string): Declaration[];
  /** Keeps a declaration with the time, unless it is the one that holds already. */
  declare(experiment: string, text: string, engine?: string): void;
  /** Keeps a declaration of another store as it was made there, unless the experiment has one with this text. */
  adoptDeclaration(declaration: Declaration): void;
}

export function keepDeclarations(
  database: DatabaseSync,
  path: string,
  inTransaction: (work: () => void) => void,
): Declarations {
  const prepare = (query: string) => withStoreErrors(path, () => database.prepare(query));
  const columns = 'experiment, sha256, text, declaredAt, runs';
  const sql = {
    all: prepare(`SELECT ${columns} FROM declarations ORDER BY number`),
    of: prepare(`SELECT ${columns} FROM declarations WHERE experiment = ? ORDER BY number`),
    runs: prepare('SELECT count(*) AS n FROM records WHERE engine = ?'),
    put: prepare(`INSERT INTO declarations (${columns}) VALUES (?, ?, ?, ?, ?)`),
  };
  const declarations = (experiment?: string) =>
    withStoreErrors(path, () =>
      experiment === undefined ? sql.all.all() : sql.of.all(experiment),
    ) as unknown[] as Declaration[];
  const put = ({ experiment, sha256: digest, text, declaredAt, runs }: Declaration) =>
    inTransaction(() => sql.put.run(experiment, digest, text, declaredAt, runs));
  return {
    declarations,
    declare(experiment, text, engine = engineDigest()) {
      const digest = sha256(text);
      if (declarations(experiment).at(-1)?.sha256 === digest) return;
      const runs = withStoreErrors(path, () => Number(sql.runs.get(engine)?.n));
      put({ experiment, sha256: digest, text, declaredAt: new Date().toISOString(), runs });
    },
    adoptDeclaration(declaration) {
      const known = declarations(declaration.experiment);
      if (known.every((own) => own.sha256 !== declaration.sha256)) put(declaration);
    },
  };
}
