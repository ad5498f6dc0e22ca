import { parseSpec, type RunSpecInput } from '../run/spec.ts';
import type { NamedRun } from './goldenSet.ts';

/** Runs that moved together, in words that say what they share. */
export interface MovedGroup {
  readonly words: string;
  readonly names: readonly string[];
}

/**
 * Sorts the runs that moved into the fewest groups of which all runs of the set moved: "all runs", "all 8 runs with clip layerNorm", or a
 * method on one engine; what is left is named. So the cause can be guessed.
 */
export function groupsOf(all: readonly NamedRun[], moved: ReadonlySet<string>): MovedGroup[] {
  if (moved.size === 0) return [];
  const names = all.map(({ name }) => name);
  if (names.every((name) => moved.has(name))) return [{ words: `all ${names.length} runs`, names }];
  const candidates = [...alike(sharing(all))].filter(
    ([, of]) => of.length > 1 && of.every((name) => moved.has(name)),
  );
  const left = new Set(names.filter((name) => moved.has(name)));
  const groups: MovedGroup[] = [];
  while (left.size > 0) {
    const news = ([, of]: readonly [string, readonly string[]]) => of.filter((name) => left.has(name)).length;
    const best = candidates.reduce<(typeof candidates)[number] | undefined>(
      (most, each) => (news(each) > (most === undefined ? 1 : news(most)) ? each : most),
      undefined,
    );
    if (best === undefined) break;
    const [words, of] = best;
    groups.push({ words: `all ${of.length} runs with ${words}`, names: of.filter((name) => left.has(name)) });
    for (const name of of) left.delete(name);
  }
  return left.size === 0 ? groups : [...groups, { words: someOf([...left]), names: [...left] }];
}

/** With what the same runs share as well: which of it moved them cannot be known. */
function alike(groups: ReadonlyMap<string, readonly string[]>): Map<string, readonly string[]> {
  const byRuns = new Map<string, { words: string[]; of: readonly string[] }>();
  for (const [words, of] of groups) {
    const known = byRuns.get(of.join('\n')) ?? { words: [], of };
    byRuns.set(of.join('\n'), known);
    if (!known.words.some((shorter) => words.startsWith(`${shorter} and `))) known.words.push(words);
  }
  return new Map(Array.from(byRuns.values(), ({ words, of }) => [words.join(', '), of]));
}

/** `adamw, wasm and 3 others` */
function someOf(names: readonly string[]): string {
  const shown = names.slice(0, 4).join('; ');
  return names.length > 4 ? `${shown}; and ${names.length - 4} others` : shown;
}

/** The runs by what they have: a kind in one place, and this on one engine or with one convolution; short words first. */
function sharing(all: readonly NamedRun[]): Map<string, string[]> {
  const runs = new Map<string, string[]>();
  const add = (words: string, name: string) => runs.set(words, [...(runs.get(words) ?? []), name]);
  for (const { name, spec } of all) {
    const { engine, convolution } = parseSpec(spec);
    const where = [
      `engine ${engine}`,
      ...(engine === 'wasm' ? [`engine wasm and convolution ${convolution}`] : []),
    ];
    for (const place of where) add(place, name);
    for (const kind of kindsIn(spec)) {
      add(kind, name);
      for (const place of where) add(`${kind} and ${place}`, name);
    }
  }
  return runs;
}

/** `optimizer adam`, of a dialect `optimizer adam@keras` as well; `norm batch` of a model. */
function kindsIn(spec: RunSpecInput): Set<string> {
  const found = new Set<string>();
  const walk = (value: unknown, word: string) => {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      for (const item of value) walk(item, word.replace(/s$/, ''));
      return;
    }
    const { kind, ...rest } = value as { readonly kind?: unknown };
    if (typeof kind === 'string') {
      found.add(`${word} ${kind.split('@')[0]}`);
      found.add(`${word} ${kind}`);
    }
    for (const [key, item] of Object.entries(rest)) walk(item, key);
  };
  walk(parseSpec(spec), 'spec');
  return found;
}
