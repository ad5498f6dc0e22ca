import { type Moved, movementOf } from './goldenCompare.ts';
import type { GoldenFile } from './goldenFile.ts';
import { groupsOf } from './goldenGroups.ts';
import type { GoldenRun } from './goldenRun.ts';
import type { NamedRun } from './goldenSet.ts';

/** What a check has found. */
export interface GoldenReport {
  readonly runs: number;
  /** Of the file, and of this version. */
  readonly numerics: { readonly kept: number; readonly now: number };
  readonly moved: readonly Moved[];
  /** The moved runs by what they share. */
  readonly groups: readonly { readonly words: string; readonly moved: readonly Moved[] }[];
  /** In the set and not in the file. */
  readonly missing: readonly string[];
  /** In the file and no longer in the set. */
  readonly gone: readonly string[];
  /** Their specs, written as before, are other runs now: a default has changed, or a key is new. */
  readonly redefined: readonly string[];
  /** They no longer run at all. */
  readonly failed: readonly { readonly name: string; readonly message: string }[];
}

/** A run of the set now, or why it could not be run. */
export type Tried = GoldenRun | { readonly name: string; readonly message: string };

export function goldenReport(
  kept: GoldenFile,
  set: readonly NamedRun[],
  tried: readonly Tried[],
  numerics: number,
): GoldenReport {
  const before = new Map(kept.runs.map((run) => [run.name, run]));
  const wanted = new Set(set.map(({ name }) => name));
  const now = tried.filter((run): run is GoldenRun => 'digests' in run);
  const redefined = now.filter(({ name, id }) => before.has(name) && before.get(name)?.id !== id);
  const comparable = now.filter((run) => before.has(run.name) && !redefined.includes(run));
  const moved = comparable.flatMap((run) => movementOf(before.get(run.name) as GoldenRun, run) ?? []);
  const names = new Set(moved.map(({ name }) => name));
  return {
    runs: set.length,
    numerics: { kept: kept.numerics, now: numerics },
    moved,
    groups: groupsOf(comparable, names).map((group) => ({
      words: group.words,
      moved: moved.filter(({ name }) => group.names.includes(name)),
    })),
    missing: set.filter(({ name }) => !before.has(name)).map(({ name }) => name),
    gone: kept.runs.filter(({ name }) => !wanted.has(name)).map(({ name }) => name),
    redefined: redefined.map(({ name }) => name),
    failed: tried.flatMap((run) => ('message' in run ? [run] : [])),
  };
}

/** Whether the file is as this version would record it. */
export function isAsRecorded({ moved, missing, gone, redefined, failed, numerics }: GoldenReport): boolean {
  const found = [moved, missing, gone, redefined, failed].some((list) => list.length > 0);
  return !found && numerics.kept === numerics.now;
}

/** What the check found and what to do, a line each. `isDeclared`: the changelog names the present numerics. */
export function describeGoldens(report: GoldenReport, path: string, isDeclared: boolean): string[] {
  const { runs, numerics, moved, groups, missing, gone, redefined, failed } = report;
  if (isAsRecorded(report)) return [`${path}: ${runs} runs, numerics ${numerics.now}: every bit as recorded`];
  return [
    ...(moved.length > 0 ? [`MOVED: ${moved.length} of ${runs} runs`] : []),
    ...groups.flatMap((group) => [
      `  ${group.words}`,
      ...describeGroup(group.moved).map((line) => `    ${line}`),
    ]),
    ...listed(
      'FAILED',
      failed.map(({ name, message }) => `${name}: ${message}`),
    ),
    ...listed('REDEFINED (a default or a key of the spec has changed, so these are other runs)', redefined),
    ...listed('NOT RECORDED (new in the set)', missing),
    ...listed('GONE (no longer in the set)', gone),
    ...conclusionOf(report, isDeclared),
  ];
}

function describeGroup(moved: readonly Moved[]): string[] {
  const steps = moved.flatMap(({ step }) => step ?? []);
  const ulps = moved.flatMap((run) => run.ulps ?? []);
  const lines: string[] = [];
  if (steps.length > 0) lines.push(`the states differ from ${rangeOf(steps, stepInWords)} on`);
  for (const format of ['float32', 'float64'] as const) {
    const of = ulps.filter((each) => each.format === format);
    if (of.length === 0) continue;
    const range = (key: 'first' | 'last') =>
      rangeOf(
        of.map((each) => each[key]),
        ulpsInWords,
      );
    const at = rangeOf(
      of.map((each) => each.at),
      stepInWords,
    );
    lines.push(
      `kept parameters in ${format} by ${range('first')} ulp after ${at}, by ${range('last')} ulp at the end`,
    );
  }
  const loss = Math.max(...moved.map((run) => run.loss));
  if (loss > 0) lines.push(`the loss of a step by up to ${loss.toExponential(1)} of its value`);
  const measured = [
    ...new Set(moved.filter(({ step }) => step === null).flatMap(({ channels }) => channels)),
  ];
  if (measured.length > 0) lines.push(`the states are the same; measured otherwise: ${measured.join(', ')}`);
  const ends = moved.filter(({ outcomes }) => outcomes !== null);
  for (const { name, outcomes } of ends.slice(0, 3))
    lines.push(`${name} ended as ${outcomes?.[0]}, now as ${outcomes?.[1]}`);
  return lines;
}

function stepInWords(step: number): string {
  return step === 0 ? 'the first state' : `step ${step}`;
}

function ulpsInWords(ulps: number): string {
  return ulps < 1e6 ? String(ulps) : ulps.toExponential(1);
}

/** `1` or `1 to 12`. */
function rangeOf(values: readonly number[], word: (value: number) => string): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? word(low) : `${word(low)} to ${word(high).replace(/^step /, '')}`;
}

const SHOWN = 10;

function listed(title: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const rest = names.length - SHOWN;
  const shown = names.slice(0, SHOWN).map((name) => `  ${name}`);
  return [`${title}: ${names.length}`, ...shown, ...(rest > 0 ? [`  and ${rest} more`] : [])];
}

function conclusionOf({ moved, numerics }: GoldenReport, isDeclared: boolean): string[] {
  const { kept, now } = numerics;
  if (now < kept)
    return [
      `these were recorded by numerics ${kept}, which is newer than this version's ${now}: take that version`,
    ];
  if (now === kept && moved.length > 0)
    return [
      `bug, or undeclared: numerics ${now} gave other bits when these were recorded. If no change of bits was meant, the change that ` +
        `made it is wrong. If it was: raise NUMERICS in src/run/numerics.ts to ${now + 1}, say in CHANGELOG.md under "Numerics" what ` +
        `moved and why, in a line that names "numerics ${now + 1}", then: thalweg golden record`,
    ];
  if (now === kept)
    return ['thalweg golden record takes the set as it is now; no bit of what was recorded before has moved'];
  const what = moved.length > 0 ? 'a declared change' : 'a declared change that moves no run of this set';
  const line = isDeclared
    ? `CHANGELOG.md names it`
    : `CHANGELOG.md does not: say under "Numerics" what moved and why, in a line that names "numerics ${now}"`;
  return [
    `${what}: numerics ${kept} when these were recorded, ${now} now, and ${line}; then: thalweg golden record`,
  ];
}
