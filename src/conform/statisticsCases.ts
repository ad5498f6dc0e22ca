import { InvalidInput } from '../core/check.ts';
import { type Answer, type AnswerTable, type Given, OneOf, type StatisticsVectors } from './answers.ts';
import { sampleVectors } from './sampleVectors.ts';
import { testVectors } from './testVectors.ts';
import { type CaseResult, Comparison, Skip, type VectorCase, type VectorFile } from './vectors.ts';

export interface StatisticsCase extends VectorCase {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly expected: Readonly<Record<string, unknown>>;
  readonly tol_rel: number;
}

const statisticsVectors: Readonly<Record<string, readonly StatisticsVectors[]>> = {
  ...sampleVectors,
  ...testVectors,
};

export const statisticsNames: readonly string[] = Object.keys(statisticsVectors);

/**
 * Compares every number of `expected`, at any depth: |got - expected| <= tol_rel |expected|. Numbers that are no probabilities may
 * also differ by 1e-14 (of the largest input where they have its unit), since a 0 is often recorded as 1e-17. Booleans, null
 * (not defined) and special numbers must agree.
 * @throws Skip if the case has a name, an input, an option or an expectation that is not known.
 */
export function runStatisticsCase(testCase: StatisticsCase, { name }: Pick<VectorFile, 'name'>): CaseResult {
  const { id, expected, tol_rel } = testCase;
  if (!Object.hasOwn(statisticsVectors, name))
    throw new Skip(`unknown statistics: ${name}, known: ${statisticsNames.join(', ')}`);
  if (!(tol_rel > 0)) throw new InvalidInput(`invalid tol_rel: got ${tol_rel}, expected a number above 0`);
  const vectors = vectorsFor(testCase, statisticsVectors[name]);
  const hyper = Object.fromEntries(Object.entries(testCase.hyper).filter(([, value]) => value !== null));
  const answers = vectors.answer(testCase.inputs as Given, hyper as Given);
  const noise = 1e-14 * (vectors.inDataUnits ? largestNumber(testCase.inputs) : 1);
  const comparison = new Comparison();
  const allowed = (path: string, value: number) =>
    Math.max(tol_rel * Math.abs(value), isProbability(path) ? 0 : noise);
  compareAnswer(comparison, '', answers, expected, allowed);
  return comparison.result(id);
}

function vectorsFor(
  { inputs, hyper }: StatisticsCase,
  known: readonly StatisticsVectors[],
): StatisticsVectors {
  const given = Object.keys(inputs);
  const vectors = known.find(
    (one) =>
      one.inputs.every((input) => given.includes(input)) &&
      given.every((input) => one.inputs.includes(input) || one.optional?.includes(input)),
  );
  if (vectors === undefined)
    throw new Skip(
      `unknown inputs: ${given.join(', ')}, known: ${known.map((one) => [...one.inputs, ...(one.optional ?? [])].join(', ')).join('; or ')}`,
    );
  const { options = [] } = vectors;
  const unknown = Object.keys(hyper).filter((option) => !options.includes(option));
  if (unknown.length > 0)
    throw new Skip(`unknown option: ${unknown.join(', ')}, known: ${options.join(', ') || 'none'}`);
  return vectors;
}

/** A p-value, a distribution function: numbers whose smallest values mean something. */
function isProbability(path: string): boolean {
  return path
    .replaceAll(/\[\d+\]/g, '')
    .split('.')
    .some((key) => /^(cdf|sf|adjusted|two-sided|less|greater)$|(^|_)p($|_)/.test(key));
}

function compareAnswer(
  comparison: Comparison,
  path: string,
  got: Answer | undefined,
  expected: unknown,
  allowed: (path: string, value: number) => number,
): void {
  if (typeof expected === 'boolean' || typeof expected === 'number' || expected === null) {
    const value = expected === null ? Number.NaN : Number(expected);
    const exact = typeof expected === 'boolean';
    comparison.compare(
      () => path,
      numberOf(got, value),
      value,
      exact ? 0 : allowed(path, value),
      Math.abs(value) || 1,
    );
  } else if (Array.isArray(expected)) {
    const list = Array.isArray(got) ? (got as readonly Answer[]) : [];
    comparison.compare(() => `the number of values of ${path}`, list.length, expected.length, 0, 1);
    expected.forEach((value, i) => {
      compareAnswer(comparison, `${path}[${i}]`, list[i], value, allowed);
    });
  } else if (typeof expected === 'object') {
    for (const [key, value] of Object.entries(expected)) {
      const place = path === '' ? key : `${path}.${key}`;
      compareAnswer(comparison, place, answerTo(key, got, place), value, allowed);
    }
  } else throw new Skip(`unknown expectation: ${path} is ${JSON.stringify(expected)}`);
}

function numberOf(got: Answer | undefined, expected: number): number | undefined {
  if (got instanceof OneOf) return got.nearestTo(expected);
  return typeof got === 'boolean' || typeof got === 'number' ? Number(got) : undefined;
}

/** @throws Skip for an expectation that nothing here answers. */
function answerTo(key: string, from: Answer | undefined, path: string): Answer {
  let answer: Answer | undefined;
  if (typeof from === 'function') answer = from(key);
  else if (typeof from === 'object' && !Array.isArray(from) && Object.hasOwn(from, key))
    answer = (from as AnswerTable)[key];
  if (answer === undefined) throw new Skip(`unknown expectation: ${path}`);
  return answer;
}

/** The largest finite magnitude at any depth. */
function largestNumber(value: unknown): number {
  if (typeof value === 'number') return Number.isFinite(value) ? Math.abs(value) : 0;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce<number>((most, one) => Math.max(most, largestNumber(one)), 0);
}
