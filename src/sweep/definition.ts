import { z } from 'zod';
import { InvalidInput, nearest, unknownName } from '../core/check.ts';
import { canonicalJson } from '../core/json.ts';
import { number } from '../run/numbers.ts';
import { parse } from '../run/parse.ts';
import { describeValue, strict } from '../run/schema.ts';
import type { Conclusion, Experiment } from './experiment.ts';

const text = z.string({ error: ({ input }) => `expected a string, got ${describeValue(input)}` });
const name = text.min(1, { error: 'got an empty string, expected the name of a method' });
const pair = z
  .tuple([name, name], {
    error: ({ input }) => `expected the names of two methods, got ${describeValue(input)}`,
  })
  .refine(([a, b]) => a !== b, { error: 'got the same method twice, expected two' });

const conclusion = strict({
  metric: strict({
    split: z.enum(['train', 'validation', 'test']),
    measure: z.enum(['loss', 'error']),
    at: z.enum(['final', 'best']),
  }),
  target: number.optional(),
  reference: name.optional(),
  comparisons: z.array(pair).optional(),
  margin: number
    .refine((value) => value > 0, {
      error: ({ input }) =>
        `got ${describeValue(input)}, expected a number above 0, the largest difference that does not matter`,
    })
    .optional(),
});

const definition = strict({
  title: text,
  question: text,
  conclusion: conclusion.optional(),
  runs: functionThat('gives the specs'),
  protocol: functionThat('yields stages'),
}).superRefine(({ conclusion, runs, protocol }, context) => {
  const tell = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
  if (runs === undefined && protocol === undefined)
    tell(['runs'], 'expected a function that gives the specs, got nothing');
  if (runs !== undefined && protocol !== undefined)
    tell(['protocol'], 'got a protocol beside runs, expected one of the two');
  const declares = (protocol as { readonly declares?: unknown } | undefined)?.declares;
  const unkept = unkeptOf(declares);
  if (unkept !== undefined) tell(['protocol', 'declares'], unkept);
  else if (conclusion !== undefined)
    for (const [path, message] of contradictions(conclusion, declares))
      tell(['conclusion', ...path], message);
});

/** What cannot be kept of a declaration, if anything. */
function unkeptOf(declares: unknown): string | undefined {
  try {
    canonicalJson(declares ?? null);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/**
 * Where a conclusion has another metric or another target than the protocol that chooses. One on the test split is a question of its own:
 * no protocol chooses by that.
 */
function contradictions(
  { metric, target }: z.output<typeof conclusion>,
  declares: unknown,
): [path: string[], message: string][] {
  if (metric.split === 'test') return [];
  const { metric: chooses, target: reach } = (declares ?? {}) as Readonly<Record<string, unknown>>;
  const compared: [path: string[], got: unknown, expected: unknown][] = [
    ...(['split', 'measure', 'at'] as const).map((part): [string[], unknown, unknown] => [
      ['metric', part],
      metric[part],
      (chooses as Readonly<Record<string, unknown>> | undefined)?.[part],
    ]),
    [['target'], target, reach ?? undefined],
  ];
  return compared
    .filter(([, got, expected]) => got !== undefined && expected !== undefined && got !== expected)
    .map(([path, got, expected]) => [
      path,
      `got ${JSON.stringify(got)}, expected ${JSON.stringify(expected)}, the ${path[0]} of the protocol: make the two the same`,
    ]);
}

function functionThat(does: string) {
  const error = ({ input }: { readonly input?: unknown }) =>
    `expected a function that ${does}, got ${describeValue(input)}`;
  return z.custom<unknown>((value) => typeof value === 'function', { error }).optional();
}

/** What is wrong with the default export of an experiment file but for its runs, each mistake with its path. */
export function definitionMistakes(value: unknown): string[] {
  try {
    parse<unknown>(definition, value, '');
    return [];
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return error.message
      .replace(/^invalid /, '')
      .split('\n  ')
      .map((line) => line.replace(/^(\.|: )/, ''));
  }
}

/** Whether its runs can be asked for, whatever else is wrong with it. */
export function hasRuns(value: unknown): value is Experiment {
  const { runs, protocol } = (value ?? {}) as { readonly runs?: unknown; readonly protocol?: unknown };
  return typeof (protocol ?? runs) === 'function';
}

/** The methods that a conclusion names, each with its path. It may have other mistakes: what is no name is left out. */
function namedBy(conclusion: Conclusion): (readonly [path: string, method: string])[] {
  const { reference, comparisons } = conclusion as { readonly [K in keyof Conclusion]: unknown };
  const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
  const names: (readonly [path: string, method: unknown])[] = [
    ['conclusion.reference', reference],
    ...listOf(comparisons).flatMap((pair, i) =>
      listOf(pair).map((method, j) => [`conclusion.comparisons[${i}][${j}]`, method] as const),
    ),
  ];
  return names.filter(
    (each): each is readonly [string, string] => typeof each[1] === 'string' && each[1] !== '',
  );
}

export function namesMethods(conclusion: Conclusion | undefined): conclusion is Conclusion {
  return typeof conclusion === 'object' && conclusion !== null && namedBy(conclusion).length > 0;
}

/** The methods that a conclusion names and that none of the runs is of. */
export function conclusionMistakes(conclusion: Conclusion, known: readonly string[]): string[] {
  return namedBy(conclusion)
    .filter(([, method]) => !known.includes(method))
    .map(([path, method]) => `${path}: ${unknownMethod(method, known)}`);
}

/** As many methods are listed. */
const MOST_LISTED = 40;

function unknownMethod(method: string, known: readonly string[]): string {
  if (known.length <= MOST_LISTED) return unknownName('method', method, known).message;
  const likely = nearest(method, known).slice(0, MOST_LISTED);
  return `${unknownName('method', method, likely).message} (the nearest of ${known.length} methods are listed)`;
}
