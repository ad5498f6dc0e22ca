import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

/** The cases of a file in test/goldens/benchmark-statistics; there the strings Infinity, -Infinity and NaN are numbers. */
export function benchmarkCases<T>(name: string): T[] {
  const url = new URL(`../goldens/benchmark-statistics/${name}.json`, import.meta.url);
  const revive = (_: string, value: unknown) =>
    value === 'Infinity' || value === '-Infinity' || value === 'NaN' ? Number(value) : value;
  const { cases } = JSON.parse(readFileSync(url, 'utf8'), revive) as { cases: T[] };
  expect(cases.length).toBeGreaterThan(0);
  return cases;
}

/** |actual - expected| <= tolerance max(1e-3, |expected|); infinite and NaN only where expected. */
export function expectClose(actual: number, expected: number, tolerance = 1e-9): void {
  if (!Number.isFinite(expected)) {
    expect(actual).toBe(expected);
    return;
  }
  const error = Math.abs(actual - expected);
  expect(error, `got ${actual}, expected ${expected}`).toBeLessThanOrEqual(
    tolerance * Math.max(1e-3, Math.abs(expected)),
  );
}

export function expectAllClose(
  actual: readonly number[],
  expected: readonly number[],
  tolerance = 1e-9,
): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of actual.entries()) expectClose(value, expected[i], tolerance);
}
