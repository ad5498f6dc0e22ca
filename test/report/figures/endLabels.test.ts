import { expect, it } from 'vitest';
import { spreadOut } from '../../../src/report/figures/endLabels.ts';

it.each([
  ['what is apart already', [10, 50, 90], [10, 50, 90]],
  ['two at one place, in their order', [50, 50], [50, 60]],
  ['in the order of their places', [52, 50, 10], [60, 50, 10]],
  ['at the lower end', [98, 99, 100], [80, 90, 100]],
  ['beyond both ends', [-5, 120], [0, 100]],
  [
    'without room',
    [50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50],
    Array.from({ length: 13 }, (_, i) => (100 * i) / 12),
  ],
  ['nothing', [], []],
])('spreadOut: %s', (_what, wanted, places) => {
  const got = spreadOut(wanted, 10, 100);
  expect(got).toHaveLength(places.length);
  for (let i = 0; i < got.length; i++) expect(got[i]).toBeCloseTo(places[i], 9);
});
