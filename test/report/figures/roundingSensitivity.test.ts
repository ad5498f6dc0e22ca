import { expect, it } from 'vitest';
import { compileFigure } from '../../../src/report/figure.ts';
import { roundingSensitivity } from '../../../src/report/figures/roundingSensitivity.ts';
import { type MeasuredRun, medianCurve, sensitivityText } from '../../../src/report/sensitivity.ts';
import { parseSpec } from '../../../src/run/spec.ts';

/** A run whose shadow's distances are these. */
function measured(optimizer: 'sgd' | 'lion', seed: number, distances: readonly number[]): MeasuredRun {
  const spec = parseSpec({
    data: { kind: 'synthGlyphs' },
    model: { kind: 'mlp' },
    optimizer: { kind: optimizer, learningRate: 0.1 },
    epochs: 1,
    seed,
  });
  const shadow = {
    kind: 'ulp',
    curve: { steps: distances.map((_, step) => step), distances },
    first: { step: 0, distance: distances[0] },
    rate: 0.25 * (seed + 1),
    phase: { from: 0, to: 2 },
    stepsToFactor: optimizer === 'lion' ? 1 : null,
    saturation: null,
    final: distances.at(-1) ?? 0,
    lossDifference: -0.5,
  };
  return { id: `r${optimizer}${seed}`, spec, outcome: 'completed', loss: 1, shadows: [shadow] };
}

const runs = [
  measured('sgd', 0, [1e-9, 2e-9, 4e-9]),
  measured('sgd', 1, [3e-9, 4e-9, 8e-9]),
  measured('sgd', 2, [5e-9, 9e-9, 9e-9]),
  measured('lion', 0, [1e-9, 0.1, 0.2]),
];

it('draws the median distance over the seeds, nothing where it is 0', () => {
  const figure = roundingSensitivity([...runs, measured('lion', 1, [0, 0, 0])]);
  expect(figure).not.toBeNull();
  const { values } = (figure as NonNullable<typeof figure>).spec.data as {
    values: { method: string; distance: number }[];
  };
  expect(values.map(({ method, distance }) => [method, distance])).toEqual([
    ['sgd', 3e-9],
    ['sgd', 4e-9],
    ['sgd', 8e-9],
    ['lion', 5e-10],
    ['lion', 0.05],
    ['lion', 0.1],
  ]);
  expect(() => compileFigure(figure as NonNullable<typeof figure>)).not.toThrow();
  expect(roundingSensitivity([measured('sgd', 0, [0, 0])])).toBeNull();
  expect(medianCurve(runs.slice(0, 3).flatMap(({ shadows }) => shadows))[1]).toEqual({
    step: 1,
    distance: 4e-9,
  });
});

it('says the numbers of each method', () => {
  const lines = sensitivityText(runs).split('\n');
  const cells = (line: string) => line.split(/ {2,}/);
  expect(cells(lines[3])).toEqual([
    'sgd',
    '0.500 (0.250 to 0.750)',
    '3.00e-9 (1.00e-9 to 5.00e-9)',
    '∞',
    '8.00e-9 (4.00e-9 to 9.00e-9)',
    '0.500',
  ]);
  expect(cells(lines[4])).toEqual(['lion', '0.250', '1.00e-9', '1', '0.200', '0.500']);
});
