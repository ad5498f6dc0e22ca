import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../../src/core/check.ts';
import { copyState, restoreState } from '../../src/train/plainState.ts';

const state = () => ({
  mu: Float32Array.of(1, 2),
  order: Int32Array.of(3, -1),
  slots: [{ Q: [Float64Array.of(0.1), null] }, { Q: [] }],
  history: [0.5],
  t: 3,
  started: true,
  name: 'w',
  nothing: undefined,
});

it('copies every value and shares no memory', () => {
  const from = state();
  const copy = copyState(from, 'state') as typeof from;
  expect(copy).toEqual(from);
  from.mu[0] = 7;
  from.slots[0].Q[0]?.fill(7);
  from.history.push(7);
  expect(copy).toEqual(state());
});

it('copies a part of a large memory alone', () => {
  const memory = new Float32Array(1000);
  const copy = copyState(memory.subarray(10, 14), 'state') as Float32Array;
  expect(copy.buffer.byteLength).toBe(16);
});

it('restores into the vectors and objects that there are, and gives a history its length', () => {
  const saved = { ...state(), history: [1, 2, 3], t: Number.NaN, started: false };
  const target = { ...state(), mu: new Float32Array(2), history: [9] };
  const { mu, slots } = target;
  expect(restoreState(target, saved, 'state')).toBe(target);
  expect(target).toEqual(saved);
  expect(target.mu).toBe(mu);
  expect(target.slots).toBe(slots);
  expect(target.history).not.toBe(saved.history);
});

describe('is refused', () => {
  class Momentum {
    v = 1;
  }
  it.each([
    [{ a: [{ step() {} }] }, 'got a function at state.a[0].step, expected plain data'],
    [{ moments: new Map() }, 'got an instance of Map at state.moments'],
    [[new Momentum()], 'got an instance of Momentum at state[0]'],
    [new DataView(new ArrayBuffer(2)), 'got an instance of DataView at state'],
    [3n, 'got a bigint at state'],
  ])('what is no plain data: %o', (value, message) => {
    expect(() => copyState(value, 'state')).toThrow(InvalidInput);
    expect(() => copyState(value, 'state')).toThrow(message);
  });

  it.each([
    [
      { mu: Float32Array.of(1) },
      { mu: Float32Array.of(1, 2) },
      'got a Float32Array of 2 at state.mu, expected a Float32Array of 1',
    ],
    [{ mu: Float32Array.of(1) }, { mu: Float64Array.of(1) }, 'got a Float64Array of 1 at state.mu'],
    [{ mu: 1 }, { nu: 1 }, 'got an object with nu at state, expected an object with mu'],
    [{ mu: 1 }, { mu: [1] }, 'got a list of 1 at state.mu, expected 1'],
    [[null], [{ a: 1 }], 'got an object with a at state[0], expected null'],
    [[null, null], [null], 'got a list of 1 at state, expected a list of 2'],
    [{}, null, 'got null at state, expected an object with no keys'],
    [Float32Array.of(1), [1], 'got a list of 1 at state'],
  ])('another shape: %o from %o', (target, saved, message) => {
    expect(() => restoreState(target, saved, 'state')).toThrow(InvalidInput);
    expect(() => restoreState(target, saved, 'state')).toThrow(message);
  });
});
