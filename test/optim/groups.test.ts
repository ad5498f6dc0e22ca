import { describe, expect, it } from 'vitest';
import { createLayout } from '../../src/core/layout.ts';
import { checkNames, scaleBySlot, scaleLearningRate, slotScale } from '../../src/optim/groups.ts';
import { scaleByLearningRate } from '../../src/optim/transform.ts';

const layout = createLayout([
  { name: 'conv1.weight', shape: [2], role: 'weight' },
  { name: 'conv1.bias', shape: [1], role: 'bias' },
  { name: 'stage1.prelu1.slope', shape: [1], role: 'slope' },
]);
const context = { step: 1, layout, params: new Float64Array(layout.length), learningRate: 0.5 };

function scaled(factors: Readonly<Record<string, number>>): number[] {
  const updates = new Float64Array(layout.length).fill(1);
  scaleBySlot(slotScale(factors)).apply(updates, null, context);
  return layout.slots.map(({ offset }) => updates[offset]);
}

describe('scaleBySlot', () => {
  it('multiplies the updates of a role, a layer or a tensor', () => {
    expect(scaled({ slope: 0.1 })).toEqual([1, 1, 0.1]);
    expect(scaled({ conv1: 3 })).toEqual([3, 3, 1]);
    expect(scaled({ 'conv1.bias': 0 })).toEqual([1, 0, 1]);
    expect(scaled({ stage1: 2 })).toEqual([1, 1, 2]);
    expect(scaled({})).toEqual([1, 1, 1]);
  });

  it('lets a name count before its layer, an inner layer before an outer one, and both before the role', () => {
    expect(scaled({ conv1: 3, 'conv1.bias': 5, bias: 7, weight: 9 })).toEqual([3, 5, 1]);
    expect(scaled({ stage1: 3, 'stage1.prelu1': 4, slope: 5 })).toEqual([1, 1, 4]);
  });
});

describe('checkNames', () => {
  it('takes roles, layers and tensors, and names what there is where it is given something else', () => {
    const names = [
      'slope',
      'gamma',
      'conv1',
      'conv1.weight',
      'stage1',
      'stage1.prelu1',
      'stage1.prelu1.slope',
    ];
    expect(() => checkNames('rates', names, layout)).not.toThrow();
    expect(() => checkNames('rates', ['conv1', 'conv9'], layout)).toThrow(
      /^invalid rates: unknown role, layer or tensor: conv9, known: conv1, .*weight, .*stage1\.prelu1\.slope; did you mean conv1\?$/,
    );
    expect(() => checkNames('rates', ['prelu1'], layout)).toThrow('unknown role, layer or tensor: prelu1');
  });
});

describe('scaleLearningRate', () => {
  it('lets a transform see a factor times the rate', () => {
    const updates = new Float64Array(layout.length).fill(1);
    const link = scaleLearningRate(scaleByLearningRate(), 0.25);
    link.apply(updates, null, context);
    expect(updates[0]).toBe(-0.125);
    expect(link.appliesLearningRate).toBe(true);
  });
});
