import { type Stats, statSync } from 'node:fs';
import { InvalidInput } from '../core/check.ts';

/** Watches the file under an open store: SQLite goes on writing to one that was moved, deleted or cut without a word. */
export interface Place {
  /**
   * Before every write. @throws InvalidInput if the file was moved, deleted, replaced, cut short or made read-only,
   * or changed by another program so that `isWhole` is false.
   */
  check(): void;
  /** After every write: what the file looks like now is our own doing. */
  accept(): void;
  /** Whether what was stored is still where its user looks for it. */
  isSound(): boolean;
}

export function watchPlace(path: string, isWhole: () => boolean): Place {
  let known = statSync(path);
  let sound = true;
  const damage = (message: string) => {
    sound = false;
    throw new InvalidInput(message);
  };
  const check = () => {
    const now = look(path);
    if (now === undefined || now.ino !== known.ino || now.dev !== known.dev) {
      damage(
        `the store has vanished: ${path} was moved, deleted or replaced while it was in use; put it back, or run the same command again`,
      );
    } else if (now.size < known.size) {
      damage(
        `damaged store: ${path} was cut to ${now.size} bytes while it was in use, it had ${known.size}; move it away, or restore a copy`,
      );
    } else if (now.mtimeMs !== known.mtimeMs && !isWhole()) {
      damage(
        `damaged store: ${path} was overwritten by another program while it was in use; move it away, or restore a copy`,
      );
    } else {
      requireWritable(path, now);
      known = now;
    }
  };
  return {
    check,
    accept() {
      known = look(path) ?? known;
    },
    isSound() {
      try {
        check();
      } catch {
        // it says why; here only whether the file is damaged counts
      }
      return sound && isWhole();
    },
  };
}

/** The administrator may write everything: the file's mode is asked, which says what its owner wants. */
export function requireWritable(path: string, stats: Stats): void {
  if ((stats.mode & 0o222) !== 0) return;
  throw new InvalidInput(
    `cannot write the store: ${path} is read-only; make it writable, or name another file with --store`,
  );
}

function look(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined; // its folder is gone, or may not be entered any more
  }
}
