import { once } from 'node:events';
import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { InvalidInput } from '../core/check.ts';
import { makeFolders } from '../store/makeFolders.ts';

/** Parts of a file, made one after the other while it is written. */
export type Chunks = Iterable<string | Uint8Array>;

/** Writes beside the place and renames, so that a file is never half written. `option` has named the place. Returns the path. */
export function writeWhole(path: string, content: string | Chunks, option = '--out'): string {
  const draft = `${path}.new`;
  withPlace(path, option, () => makeFolders(dirname(path)));
  const file = withPlace(path, option, () => openSync(draft, 'w'));
  try {
    for (const chunk of typeof content === 'string' ? [content] : content) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      withPlace(path, option, () => writeAll(file, bytes));
    }
    withPlace(path, option, () => renameSync(draft, path));
  } finally {
    closeSync(file);
    rmSync(draft, { force: true });
  }
  return path;
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

/** Errors of the place, not of the content while it is made. */
function withPlace<T>(path: string, option: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new InvalidInput(
      `cannot write ${path}: ${(cause as Error).message}; make room there or name another place with ${option}; the runs are kept in the store`,
      { cause },
    );
  }
}

/** Writes to standard output no faster than it is read. */
export async function printChunks(chunks: Chunks): Promise<void> {
  for (const chunk of chunks) if (!process.stdout.write(chunk)) await once(process.stdout, 'drain');
}
