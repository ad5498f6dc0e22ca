import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

// The digest of a small copy of the source tree, of which one file after the other is changed.

const SOURCE = fileURLToPath(new URL('../../src', import.meta.url));
const FLOORS = ['core', 'kernels', 'nn', 'optim', 'data', 'train', 'run'];
let folder: string;

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'thalweg-engine-'));
  write('package.json', '{"type":"module"}');
  write('node_modules/seedrandom/package.json', '{"name":"seedrandom","version":"1.0.0"}');
  for (const path of ['core/hash.ts', 'core/host.ts', 'run/engineDigest.ts'])
    cpSync(join(SOURCE, path), join(folder, path));
  for (const floor of [...FLOORS, 'report']) write(`${floor}/marked.ts`, '1');
  write('kernels/build/kernels.wasm', '1');
  // in place of what compiles them: the digest asks it only whether they are built
  write('kernels/wasm.ts', 'export const kernelBytes = () => {};');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The digest of the copy as it is, and after each of the changes, which stay. */
function digestsAfter(changes: readonly (readonly [path: string, text: string])[]): string[] {
  const url = pathToFileURL(join(folder, 'run/engineDigest.ts')).href;
  const program = `
    import { mkdirSync, writeFileSync } from 'node:fs';
    import { createRequire } from 'node:module';
    import { dirname } from 'node:path';
    const { cache } = createRequire('${url}');
    const digests = [];
    const take = async () => digests.push((await import('${url}?' + digests.length)).engineDigest());
    await take();
    for (const [path, text] of ${JSON.stringify(changes.map(([path, text]) => [join(folder, path), text]))}) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      for (const key of Object.keys(cache)) delete cache[key];
      await take();
    }
    console.log(JSON.stringify(digests));`;
  const out = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return JSON.parse(out);
}

it('the digest changes with a file of every floor up to the execution of a spec, the kernels and seedrandom', () => {
  const changes = [
    ...FLOORS.map((floor) => [`${floor}/marked.ts`, '2'] as const),
    ['kernels/build/kernels.wasm', '2'],
    ['run/catalog/deep.ts', '2'],
    ['node_modules/seedrandom/package.json', '{"name":"seedrandom","version":"1.0.1"}'],
  ] as const;
  const digests = digestsAfter(changes);
  // the place in the list tells which change was not seen
  digests.forEach((digest, i) => {
    expect([i, digests.indexOf(digest)]).toEqual([i, i]);
  });
  expect(digests).toHaveLength(changes.length + 1);
});

it('the digest does not change with anything else', () => {
  const [first, ...others] = digestsAfter([
    ['report/marked.ts', '2'],
    ['nn/marked.d.ts', '2'],
    ['kernels/assembly/kernels.ts', '2'],
    ['nn/notes.md', '2'],
  ]);
  expect(others).toEqual(others.map(() => first));
});
