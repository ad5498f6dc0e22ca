import { expect, it } from 'vitest';
import { gradientHealthTable } from '../../../src/report/sections/gradientHealth.ts';
import { methodsOf, runWith } from '../figures/seriesRecords.ts';

const cellsOf = (html: string) =>
  Array.from(html.matchAll(/<tr><th scope="row">.*<\/tr>/g), ([row]) =>
    row
      .replace(/<[^>]*>/g, '|')
      .split(/\|+/)
      .slice(1, -1),
  );

it('has a row a method, and in a table of its own a row a method that has a clip', () => {
  const gradNorm = [4, 4, 8, 2, 2, 2, 2, 2, 2, 2]; // median 2; 95th percentile: 4 + 0.55 * 4 = 6.2
  const after = [1, 4, 1, 2, 2, 2, 2, 2, 2, 2];
  const clipped = runWith({
    gradNorm,
    'gradNorm/conv1.weight': gradNorm.map((norm) => norm / 4),
    'gradNorm/dense1.weight': gradNorm.map((norm) => norm / 2),
    updateRatio: gradNorm.map(() => 0.002),
    'clip.acted': gradNorm.map((norm, i) => (norm === after[i] ? 0 : 1)),
    'clip.normBefore': gradNorm,
    'clip.normAfter': after,
  });
  const free = runWith({ gradNorm: [1, 1, 0, 1] }, { optimizer: { kind: 'adam', learningRate: 0.1 } });
  const { html } = gradientHealthTable(methodsOf(clipped, free))!;
  const rows = cellsOf(html);
  expect(rows.map(([method]) => method)).toEqual(['sgd', 'adam', 'sgd']);
  expect([...rows[0].slice(1, 3), ...rows[0].slice(4)]).toEqual([
    '2.00',
    '3.10',
    '0.00%',
    '0',
    '0.500',
    '0.00200',
  ]);
  expect(rows[1]).toEqual(['adam', '1.00', '1.00', '0.00', '25.0%', '0', '–', '–']);
  // the first tenth is one step, at which the clip acted; of the nine others it acted at one; by 4 and by 8
  expect(rows[2]).toEqual(['sgd', 'mixed', '100.0%', '11.1%', '6.00 times', 'up to 8.00']);
  expect(html).toContain('median over one seed');
});

it('has the clips also where no norm was recorded', () => {
  const clipped = runWith({ 'clip.acted': Array.from({ length: 10 }, (_, i) => (i < 6 ? 1 : 0)) });
  const { html } = gradientHealthTable(methodsOf(clipped))!;
  // the first step, and five of the nine others
  expect(cellsOf(html)).toEqual([['sgd', 'limiter', '100.0%', '55.6%', '–']]);
  expect(html).not.toContain('Median norm');
});

it('is left out where nothing was recorded', () => {
  expect(gradientHealthTable(methodsOf(runWith({ loss: [1] })))).toBeNull();
});
