import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256 } from '../core/hash.ts';
import { kernelBytes } from '../kernels/wasm.ts';

/** Everything that a run's numbers depend on: the floors from the kernels' bytes up to the execution of a spec. */
const FOLDERS = ['core', 'kernels', 'nn', 'optim', 'data', 'train', 'run'];
const ROOT = fileURLToPath(new URL('..', import.meta.url));

let known: string | undefined;

/**
 * SHA-256 of the code and the compiled kernels that decide a run's numbers. It is in every record: a record of
 * another engine is never taken for one of this engine. The AssemblyScript sources count through the compiled bytes, and
 * seedrandom, the one package that numbers come from, through its version.
 * @throws InvalidInput if the kernels are not built.
 */
export function engineDigest(): string {
  if (known === undefined) {
    kernelBytes();
    known = sha256(...engineParts());
  }
  return known;
}

/** What the digest is made of: the package's version, then every file's path and bytes. */
export function engineParts(): (string | Buffer)[] {
  return [
    `seedrandom ${versionOf('seedrandom')}\0`,
    ...FOLDERS.flatMap(filesOf).flatMap((path) => [path, '\0', readFileSync(join(ROOT, path)), '\0']),
  ];
}

function filesOf(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
    .filter((path) => /\.(ts|js|wasm)$/.test(path) && !path.endsWith('.d.ts') && !path.includes('/assembly/'))
    .sort();
}

/** The version of a package that is installed, which may be another than was asked for. */
function versionOf(name: string): string {
  return createRequire(import.meta.url)(`${name}/package.json`).version;
}
