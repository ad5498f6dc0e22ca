import { relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { InvalidInput } from '../core/check.ts';
import { guarded, guardProcess } from './guardProcess.ts';

/** thalweg's own files: an error that passes through them arose in the user's file that called them. */
const OWN_FILES = fileURLToPath(new URL('..', import.meta.url));

/** Imports a user's file. @throws InvalidInput with the place in the user's file, whatever went wrong there. */
export async function importUserFile(path: string, what: string): Promise<{ readonly default?: unknown }> {
  return await inUserCode(path, what, () => import(pathToFileURL(path).href));
}

/** Runs a user's code; an error of it becomes a message with its place and without a stack trace. */
export async function inUserCode<T>(path: string, what: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await guarded(work);
  } catch (error) {
    throw new InvalidInput(`invalid ${what} ${shownPath(path)}: ${describeError(error)}`, { cause: error });
  }
}

/** As {@link inUserCode}, for code that ends before it returns. */
export function inUserCodeNow<T>(path: string, what: string, work: () => T): T {
  const release = guardProcess();
  try {
    return work();
  } catch (error) {
    throw new InvalidInput(`invalid ${what} ${shownPath(path)}: ${describeError(error)}`, { cause: error });
  } finally {
    release();
  }
}

/** Takes what a user's list or generator gives, one at a time; in between our own code runs outside of it. */
export function* iterateUserCode<T>(path: string, what: string, list: () => Iterable<T>): Generator<T> {
  const iterator = inUserCodeNow(path, what, () => list()[Symbol.iterator]());
  for (;;) {
    const step = inUserCodeNow(path, what, () => iterator.next());
    if (step.done === true) return;
    yield step.value;
  }
}

/** `TypeError: x is not a function, at experiments/mine.ts:12:5`; a syntax error comes with its line. */
export function describeError(error: unknown, show: (path: string) => string = shownPath): string {
  if (!(error instanceof Error))
    return `it threw ${JSON.stringify(error) ?? String(error)}, expected an Error`;
  const message = error instanceof InvalidInput ? error.message : `${error.name}: ${error.message}`;
  const stack = (error.stack ?? '').split('\n');
  const syntax = SYNTAX_ERROR.exec(stack[0] ?? '');
  if (syntax !== null) {
    const caret = stack.findIndex((line) => /^ *\^+$/.test(line));
    return `${message}, at ${show(pathOf(syntax[1]))}:${syntax[2]}\n  ${stack[caret - 1]}\n  ${stack[caret]}`;
  }
  for (const line of stack) {
    const [, file, row, column] = FRAME.exec(line) ?? [];
    if (file !== undefined && isUsers(pathOf(file)))
      return `${message}, at ${show(pathOf(file))}:${row}:${column}`;
  }
  return message;
}

// the first line of a syntax error's stack, and a frame such as `at runs (file:///home/me/mine.ts:12:5)`
const SYNTAX_ERROR = /^((?:file:\/\/|\/|[A-Za-z]:\\).*):(\d+)$/;
const FRAME = /^ +at (?:.*? \()?(?:async )?((?:file:\/\/|\/|[A-Za-z]:\\).*):(\d+):(\d+)\)?$/;

function isUsers(path: string): boolean {
  return !path.startsWith(OWN_FILES) && !path.includes(`${sep}node_modules${sep}`);
}

function pathOf(pathOrUrl: string): string {
  return pathOrUrl.startsWith('file:') ? fileURLToPath(pathOrUrl) : pathOrUrl;
}

/** A path as messages show it: relative to the working directory where that is shorter. */
export function shownPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.length > 0 && short.length < path.length ? short : path;
}
