import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../src', import.meta.url));

/** The floor of every folder of src; docs/architecture.md says what lives where. */
const FLOORS: Readonly<Record<string, number>> = {
  core: 0,
  stats: 1,
  kernels: 1,
  nn: 2,
  optim: 2,
  data: 2,
  train: 3,
  run: 4,
  store: 5,
  report: 5,
  conform: 5,
  certify: 5,
  browser: 6,
  sweep: 6,
  bench: 6,
  cli: 7,
};

/** Below the command line nothing may depend on the clock, on chance or on the host's mathematics library. */
const FORBIDDEN = [
  /\bMath\.(random|exp|expm1|log|log1p|log2|log10|pow|sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|asinh|acosh|atanh|cbrt|hypot)\b/,
  /\bDate\.now\b/,
  /\bnew Date\b/,
  /\bperformance\.now\b/,
  /\bprocess\.hrtime\b/,
];
const DETERMINISTIC = ['core', 'stats', 'kernels', 'nn', 'optim', 'data', 'train', 'run'];

interface Source {
  readonly path: string;
  readonly folder: string;
  readonly text: string;
}

function sources(): Source[] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({ path, folder: path.split('/')[0], text: readFileSync(join(SRC, path), 'utf8') }));
}

/** The folders of src that a file imports from. */
export function importedFolders({ path, text }: Source): string[] {
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) => match[1]);
  return specifiers.map((specifier) => relative(SRC, join(SRC, dirname(path), specifier)).split('/')[0]);
}

/** `import of core from cli` for every import that goes up or sideways. */
export function floorViolations(files: readonly Source[]): string[] {
  return files.flatMap((file) => {
    const floor = FLOORS[file.folder];
    if (floor === undefined) return [];
    return importedFolders(file)
      .filter((folder) => folder !== file.folder && !(FLOORS[folder] < floor))
      .map((folder) => `${file.path} (floor ${floor}) imports from ${folder} (floor ${FLOORS[folder]})`);
  });
}

/** Source text without comments, so that a docstring may name what the code must not use. */
function code(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/\/\/.*$/gm, '');
}

export function determinismViolations(files: readonly Source[]): string[] {
  return files
    .filter((file) => DETERMINISTIC.includes(file.folder))
    .flatMap((file) =>
      FORBIDDEN.filter((pattern) => pattern.test(code(file.text))).map(
        (pattern) => `${file.path} uses ${pattern.exec(code(file.text))?.[0]}`,
      ),
    );
}

describe('floors', () => {
  const files = sources();

  it('knows every folder of src', () => {
    const folders = new Set(files.map((file) => file.folder).filter((folder) => !folder.endsWith('.ts')));
    expect([...folders].filter((folder) => FLOORS[folder] === undefined)).toEqual([]);
  });

  it('imports only downwards', () => {
    expect(floorViolations(files)).toEqual([]);
  });

  it('uses nothing that differs between machines below the store', () => {
    expect(determinismViolations(files)).toEqual([]);
  });

  it('keeps folders at most two deep, assembly apart', () => {
    const deep = files.map((file) => file.path).filter((path) => path.split('/').length > 3);
    expect(deep.filter((path) => !path.startsWith('kernels/assembly/'))).toEqual([]);
  });

  it('has no index.ts inside folders', () => {
    expect(files.map((file) => file.path).filter((path) => /.\/index\.ts$/.test(path))).toEqual([]);
  });

  it('objects to an import that goes up, to a sibling on the same floor and to the clock', () => {
    const up = { path: 'core/x.ts', folder: 'core', text: "import { a } from '../cli/main.ts';" };
    const side = { path: 'nn/x.ts', folder: 'nn', text: "import type { a } from '../optim/sgd.ts';" };
    const dynamic = { path: 'run/x.ts', folder: 'run', text: "await import('../store/store.ts')" };
    expect(floorViolations([up, side, dynamic])).toHaveLength(3);
    const clock = {
      path: 'train/x.ts',
      folder: 'train',
      text: 'const t = Date.now(); // fine\n const e = Math.exp(1);',
    };
    expect(determinismViolations([clock])).toEqual(['train/x.ts uses Math.exp', 'train/x.ts uses Date.now']);
    const comment = {
      path: 'train/x.ts',
      folder: 'train',
      text: '/** not Math.exp */ const a = Math.sqrt(2);',
    };
    expect(determinismViolations([comment])).toEqual([]);
  });
});
