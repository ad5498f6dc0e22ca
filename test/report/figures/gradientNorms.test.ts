import { describe, expect, it } from 'vitest';
import { gradientNorms } from '../../../src/report/figures/gradientNorms.ts';
import { groupMethods } from '../../../src/report/methods.ts';
import type { RunRecord } from '../../../src/run/record.ts';
import { syntheticRecord } from '../syntheticRecords.ts';

// biome-ignore lint/suspicious/noExplicitAny: a spec is plain JSON; the paths below say what is expected where
type Any = any;

function withNorms(seed: number, norms: Readonly<Record<string, readonly number[]>>): RunRecord {
  const record = syntheticRecord({ optimizer: { kind: 'sgd', learningRate: 0.1 }, seed });
  const channels = Object.fromEntries(
    Object.entries(norms).map(([tensor, values]) => [
      `gradNorm/${tensor}`,
      { median: values, min: values, max: values },
    ]),
  );
  return { ...record, series: { ...record.series, steps: { step: [5, 10, 12], channels } } };
}

describe('gradientNorms', () => {
  it('has the median over the seeds of every tensor and bucket', () => {
    const records = [
      withNorms(0, { 'conv10.weight': [1, 2, 3], 'conv2.weight': [0, 0, Number.NaN] }),
      withNorms(1, { 'conv10.weight': [3, 4, 1], 'conv2.weight': [0, 1, Number.NaN] }),
    ];
    const figure = gradientNorms(groupMethods(records))!;
    const { data, layer } = figure.spec as Any;
    const cells = { method: 'sgd', start: [0, 5, 10], end: [5, 10, 12] };
    expect(data.values).toEqual([
      { ...cells, tensor: 'conv2.weight', norm: [0, 0.5, null] },
      { ...cells, tensor: 'conv10.weight', norm: [2, 3, 2] },
    ]);
    const { domain } = layer[0].encoding.color.scale;
    expect(domain[0]).toBeGreaterThan(0.4); // zero has a colour of its own, not a place on the scale
    expect(domain[0]).toBeLessThan(0.5);
    expect(figure.caption).toContain('Grey: exactly zero.');
  });

  it('shows the weights alone where there are many tensors', () => {
    const slots = Array.from({ length: 12 }, (_, i) => [`conv${i}.weight`, `conv${i}.bias`]).flat();
    const figure = gradientNorms(
      groupMethods([syntheticRecord({ optimizer: { kind: 'sgd', learningRate: 0.1 }, slots })]),
    )!;
    const tensors = (figure.spec as Any).data.values.map((row: Any) => row.tensor);
    expect(tensors).toEqual(Array.from({ length: 12 }, (_, i) => `conv${i}.weight`));
  });

  it('takes numbers in the names of tensors by value', () => {
    const names = ['b', 'a10.w', 'a2.w', 'a2', 'a'];
    const norms = Object.fromEntries(names.map((name) => [name, [1, 2, 3]]));
    const figure = gradientNorms(groupMethods([withNorms(0, norms)]))!;
    const tensors = (figure.spec as Any).data.values.map((row: Any) => row.tensor);
    expect(tensors).toEqual(['a', 'a2', 'a2.w', 'a10.w', 'b']);
  });

  it('is left out where no run has layers', () => {
    expect(
      gradientNorms(
        groupMethods([syntheticRecord({ optimizer: { kind: 'sgd', learningRate: 0.1 }, slots: [] })]),
      ),
    ).toBeNull();
  });
});
