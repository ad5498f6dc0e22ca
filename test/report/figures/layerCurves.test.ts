import { describe, expect, it } from 'vitest';
import { compileFigure } from '../../../src/report/figure.ts';
import {
  BATCH_NORM_DRIFT,
  DEAD_UNITS,
  layerCurves,
  SLOPES,
} from '../../../src/report/figures/layerCurves.ts';
import { type Any, methodsOf, runWith } from './seriesRecords.ts';

const { NaN: none, POSITIVE_INFINITY: infinite } = Number;

describe('layerCurves', () => {
  it('has the median over the seeds of every layer, where it was measured', () => {
    const figure = layerCurves(
      methodsOf(
        runWith({ 'deadUnits/relu10': [0.5, none, 1], 'deadUnits/relu2': [0, none, 0] }),
        runWith({ 'deadUnits/relu10': [0.25, none, 0], 'deadUnits/relu2': [0, none, 0.5] }, { seed: 1 }),
      ),
      DEAD_UNITS,
    )!;
    const { data, layer } = figure.spec as Any;
    expect(data.values).toEqual([
      { method: 'sgd', layer: 'relu10', x: [1, 3], value: [0.375, 0.5] },
      { method: 'sgd', layer: 'relu2', x: [1, 3], value: [0, 0.25] },
    ]);
    expect(layer[0].encoding.color.scale.domain).toEqual(['relu2', 'relu10']);
    expect(layer[0].encoding.y.scale.domain).toEqual([0, 1]);
    expect(figure.caption).toContain('(probe deadUnits)');
    compileFigure(figure);
  });

  it('has a panel for each method that recorded it, and none for others', () => {
    const runs = [
      runWith({ 'slope/prelu1.slope': [0.25, 0.3] }),
      runWith({ 'slope/prelu1.slope': [0.25, -0.1] }, { optimizer: { kind: 'adam', learningRate: 0.1 } }),
      runWith({ loss: [1, 2] }, { optimizer: { kind: 'lion', learningRate: 0.1 } }),
    ];
    const { spec } = layerCurves(methodsOf(...runs), SLOPES)!;
    expect((spec as Any).facet.sort).toEqual(['sgd', 'adam']);
    expect((spec as Any).data.values.map((row: Any) => row.value)).toEqual([
      [0.25, 0.3],
      [0.25, -0.1],
    ]);
  });

  it('shows of many layers the six with the largest values, and says so', () => {
    const channels = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`deadUnits/relu${i + 1}`, [i === 3 ? 0.9 : i / 100]]),
    );
    const figure = layerCurves(methodsOf(runWith(channels)), DEAD_UNITS)!;
    expect((figure.spec as Any).layer[0].encoding.color.scale.domain).toEqual([
      'relu4',
      'relu16',
      'relu17',
      'relu18',
      'relu19',
      'relu20',
    ]);
    expect(figure.caption).toContain('Shown are the 6 of 20 layers with the largest values.');
  });

  it('draws a drift of zero at the lower end, and what is not finite not at all', () => {
    const figure = layerCurves(
      methodsOf(runWith({ 'batchNormDrift/batchNorm1': [1, 0, infinite, 0.1] })),
      BATCH_NORM_DRIFT,
    )!;
    const { data, layer } = figure.spec as Any;
    const [low] = layer[0].encoding.y.scale.domain;
    expect(data.values[0]).toMatchObject({ x: [1, 2, 4], value: [1, low, 0.1] });
    expect(low).toBeLessThan(0.1);
    compileFigure(figure);
  });

  it('is left out where nothing was recorded', () => {
    expect(layerCurves(methodsOf(runWith({ 'deadUnits/relu1': [none] })), DEAD_UNITS)).toBeNull();
    expect(layerCurves([], DEAD_UNITS)).toBeNull();
  });
});
