import type { DatabaseSync } from 'node:sqlite';
import { withStoreErrors } from './sqliteError.ts';

/** The state of a run at a step, from which it, or a longer run of its trajectory, can go on. */
export interface StoredCheckpoint {
  /** `trajectoryId` of the spec (run/record.ts). */
  readonly trajectory: string;
  readonly engine: string;
  readonly step: number;
  readonly bytes: Uint8Array;
}

export type CheckpointRow = Omit<StoredCheckpoint, 'bytes'> & { readonly size: number };

/** The table `checkpoints`. Losing one costs time, never a result. */
export interface Checkpoints {
  /** Keeps the three of a trajectory that were put last, or all of them. */
  putCheckpoint(checkpoint: StoredCheckpoint, keepsAll?: boolean): void;
  /** The one with the largest step up to `atMost`. */
  checkpoint(trajectory: string, engine: string, atMost: number): Uint8Array | undefined;
  /** What is kept, without the bytes. */
  checkpoints(): CheckpointRow[];
  dropCheckpoints(trajectory: string, engine: string): void;
}

/** The newest, and earlier ones for runs that end before it. */
const KEPT = 3;

export function keepCheckpoints(
  database: DatabaseSync,
  path: string,
  inTransaction: (work: () => void) => void,
): Checkpoints {
  const prepare = (query: string) => withStoreErrors(path, () => database.prepare(query));
  const ofTrajectory = 'FROM checkpoints WHERE trajectory = ? AND engine = ?';
  const sql = {
    put: prepare('INSERT OR REPLACE INTO checkpoints (trajectory, engine, step, bytes) VALUES (?, ?, ?, ?)'),
    trim: prepare(
      `DELETE FROM checkpoints WHERE number IN (SELECT number ${ofTrajectory} ORDER BY number DESC LIMIT -1 OFFSET ${KEPT})`,
    ),
    get: prepare(`SELECT bytes ${ofTrajectory} AND step <= ? ORDER BY step DESC LIMIT 1`),
    all: prepare('SELECT trajectory, engine, step, length(bytes) AS size FROM checkpoints ORDER BY number'),
    drop: prepare(`DELETE ${ofTrajectory}`),
  };
  return {
    putCheckpoint({ trajectory, engine, step, bytes }, keepsAll = false) {
      inTransaction(() => {
        sql.put.run(trajectory, engine, step, bytes);
        if (!keepsAll) sql.trim.run(trajectory, engine);
      });
    },
    checkpoint: (trajectory, engine, atMost) =>
      withStoreErrors(path, () => sql.get.get(trajectory, engine, atMost)?.bytes as Uint8Array | undefined),
    checkpoints: () => withStoreErrors(path, () => sql.all.all()) as unknown[] as CheckpointRow[],
    dropCheckpoints: (trajectory, engine) => inTransaction(() => sql.drop.run(trajectory, engine)),
  };
}
