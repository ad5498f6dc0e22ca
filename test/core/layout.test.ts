import { expect, it } from 'vitest';
import { nearest, unknownName } from '../../src/core/check.ts';
import { countElements, createLayout } from '../../src/core/layout.ts';
import { measureMemory } from '../../src/core/memory.ts';

it('places tensors at multiples of 16 elements and counts them without padding', () => {
  const layout = createLayout([
    { name: 'a', shape: [3, 5], role: 'weight' },
    { name: 'b', shape: [16], role: 'bias' },
    { name: 'c', shape: [], role: 'slope' },
  ]);
  expect(layout.slots.map(({ offset, length }) => [offset, length])).toEqual([
    [0, 15],
    [16, 16],
    [32, 1],
  ]);
  expect(layout.length).toBe(48);
  expect(countElements(layout)).toBe(32);
});

it('refuses two tensors of one name', () => {
  const slot = { name: 'w', shape: [1], role: 'weight' } as const;
  expect(() => createLayout([slot, slot])).toThrow('two tensors are named w');
});

it('measures memory in whole cache lines', () => {
  const build = (allocator: Parameters<Parameters<typeof measureMemory>[1]>[0]) => {
    allocator.floats(17);
    allocator.ints(1);
  };
  expect(measureMemory(4, build)).toBe(128 + 64);
  expect(measureMemory(8, build)).toBe(192 + 64);
});

it('names the nearest known name', () => {
  expect(nearest('adma', ['sgd', 'adam', 'adamw'])[0]).toBe('adam');
  expect(unknownName('optimizer', 'adm', ['sgd', 'adam']).message).toBe(
    'unknown optimizer: adm, known: sgd, adam; did you mean adam?',
  );
  expect(unknownName('optimizer', 'zzzzzz', ['sgd', 'adam']).message).toBe(
    'unknown optimizer: zzzzzz, known: sgd, adam',
  );
  expect(unknownName('option', 'lr', ['kind', 'learningRate']).message).toBe(
    'unknown option: lr, known: kind, learningRate; did you mean learningRate?',
  );
});
