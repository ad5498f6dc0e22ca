import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidInput } from '../core/check.ts';
import { canonicalJson, parseCanonicalJson } from '../core/json.ts';
import type { GoldenRun } from './goldenRun.ts';

/** Golden trajectories of a set of runs, and by which version of the numerics (run/numerics.ts) they were recorded. */
export interface GoldenFile {
  readonly numerics: number;
  readonly runs: readonly GoldenRun[];
}

/** The version of the file's form. */
const GOLDEN = 1;

/** Reads what {@link writeGoldens} wrote. @throws InvalidInput if there is none, or something else. */
export function readGoldens(path: string): GoldenFile {
  if (!existsSync(path)) {
    throw new InvalidInput(`unknown goldens: there is no file ${path}; thalweg golden record makes it`);
  }
  try {
    const [head, ...runs] = readFileSync(path, 'utf8').trim().split('\n').map(parseCanonicalJson);
    const { golden, numerics, runs: count } = head as Readonly<Record<string, unknown>>;
    if (golden !== GOLDEN) throw new Error(`got the form ${golden}, expected ${GOLDEN}`);
    if (count !== runs.length) throw new Error(`got ${runs.length} runs, expected ${count}: it was cut`);
    const all = runs as unknown as GoldenRun[];
    const bad = all.findIndex(({ name, digests, params, channels, loss }) =>
      [
        typeof name !== 'string',
        typeof digests !== 'string',
        !params,
        !channels,
        !Array.isArray(loss),
      ].includes(true),
    );
    if (bad >= 0) throw new Error(`line ${bad + 2} is no golden run`);
    return { numerics: Number(numerics), runs: all };
  } catch (cause) {
    throw new InvalidInput(
      `invalid goldens ${path}: ${(cause as Error).message}; restore the file, or remove it and record it anew`,
      { cause },
    );
  }
}

/** One run a line, so that a difference of two versions shows which have moved. */
export function writeGoldens(path: string, { numerics, runs }: GoldenFile): void {
  const lines = [{ golden: GOLDEN, numerics, runs: runs.length }, ...runs].map(canonicalJson);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, `${lines.join('\n')}\n`);
  renameSync(`${path}.new`, path);
}

/** The changelog that comes with this version. */
export const CHANGELOG = fileURLToPath(new URL('../../CHANGELOG.md', import.meta.url));

/** Whether a text names this version of the numerics ("numerics 2") under a heading "Numerics". */
export function declares(changelog: string, version: number): boolean {
  const sections = changelog.split(/^(?=#)/m).filter((section) => /^#+ .*numerics/i.test(section));
  return sections.some((section) => new RegExp(`\\bnumerics ${version}\\b`, 'i').test(section));
}
