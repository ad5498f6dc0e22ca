import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidInput } from '../core/check.ts';
import { sha256 } from '../core/hash.ts';
import { canonicalJson, type Json } from '../core/json.ts';
import type { RunSpecInput } from '../run/spec.ts';

/** What a spec says of a user's optimizer: what is in its files, not where they are. */
export type UserOptimizerInput = Extract<RunSpecInput['optimizer'], { kind: 'module' }>;

export interface UserOptimizerOptions {
  readonly learningRate: number;
  /** How reports name it; the file's name if it is left out. */
  readonly name?: string;
  /** Handed to the module's factory as they are. */
  readonly [option: string]: Json | undefined;
}

const PATHS = Symbol.for('thalweg.userOptimizers');

/**
 * Where the files of this process's user optimizers lie, by their digest. Global, because an experiment may import
 * thalweg from an install while the command line runs from a checkout: two copies of this module, one process.
 */
const shared = globalThis as { [PATHS]?: Map<string, string> };
shared[PATHS] ??= new Map();
const paths = shared[PATHS];

/** By path. The first reading counts as long as this process lives: an edit made meanwhile changes nothing in its plan. */
const digests = new Map<string, string>();

/**
 * An optimizer of the user's own for a spec: `userOptimizer(new URL('./signMomentum.ts', import.meta.url), { learningRate })`.
 * The module's default export is a function from the options to a Transform. Its identity is its content: the
 * SHA-256 of the file and of the local files that it imports (`./` and `../`, outside of thalweg's own).
 * @throws InvalidInput if there is no such file.
 */
export function userOptimizer(
  file: URL,
  { learningRate, name, ...options }: UserOptimizerOptions,
): UserOptimizerInput {
  if (!(file instanceof URL) || file.protocol !== 'file:') {
    throw new InvalidInput(
      `invalid optimizer file: got ${String(file)}, expected a file URL such as new URL('./mine.ts', import.meta.url)`,
    );
  }
  const path = fileURLToPath(file);
  const digest = digests.get(path) ?? moduleDigest(path);
  digests.set(path, digest);
  paths.set(digest, path);
  return {
    kind: 'module',
    name: name ?? basename(path, extname(path)),
    sha256: digest,
    learningRate,
    options: options as Record<string, never>,
  };
}

/** The file of a user's optimizer that an experiment of this process has named. */
export function userOptimizerPath(digest: string): string | undefined {
  return paths.get(digest);
}

/**
 * SHA-256 of a module and of the local files that it names, by content and by place relative to each other: its imports of
 * `./` and `../`, and `new URL('./table.json', import.meta.url)`. Not in it: packages, paths that are put together while running,
 * and whatever else the code reads. An optimizer that depends on these is another optimizer under the same name.
 */
export function moduleDigest(path: string): string {
  if (!isFile(path)) throw new InvalidInput(`unknown optimizer file: there is no file ${path}`);
  const texts = new Map<string, string>();
  readWithImports(path, texts);
  const parts = [...texts].map(([file, text]) => [
    file === path ? '' : relative(dirname(path), file).replaceAll(sep, '/'),
    text,
  ]);
  return sha256(canonicalJson(parts.sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** Whether the file is still what its digest says. One that cannot be read is not: perhaps it is just being saved. */
export function isUnchanged(path: string, digest: string): boolean {
  try {
    return moduleDigest(path) === digest;
  } catch {
    return false;
  }
}

/** `from './x.ts'`, `import './x.ts'`, `import('./x.ts')`. A path that is put together while running is not seen. */
const LOCAL_IMPORT = /\b(?:from|import)\s*\(?\s*(['"])(\.\.?\/[^'"\n]+)\1/g;

/** `new URL('./x.json', import.meta.url)`. */
const LOCAL_FILE = /\bnew\s+URL\s*\(\s*(['"])(\.\.?\/[^'"\n]+)\1\s*,\s*import\.meta\.url\s*,?\s*\)/g;

/** thalweg's own files: the digest of the engine stands for them. */
const OWN_FILES = fileURLToPath(new URL('..', import.meta.url));

function readWithImports(path: string, texts: Map<string, string>): void {
  if (texts.has(path)) return;
  // a byte a character: exact for files that are no text as well
  const text = readFileSync(path, 'latin1');
  texts.set(path, text);
  for (const [, , specifier] of [...text.matchAll(LOCAL_IMPORT), ...text.matchAll(LOCAL_FILE)]) {
    const imported = join(dirname(path), Buffer.from(specifier, 'latin1').toString());
    // what is no file stands in a comment or a string, or its import fails with a message of its own
    if (!imported.startsWith(OWN_FILES) && isFile(imported)) readWithImports(imported, texts);
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
