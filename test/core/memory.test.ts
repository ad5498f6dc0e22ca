import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../../src/core/check.ts';
import { allocateOrExplain, isOutOfMemory } from '../../src/core/memory.ts';

const errorOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
};
/** More than any machine addresses. */
const TOO_MUCH = 2 ** 47;

describe('isOutOfMemory', () => {
  it.each([
    ['a buffer', () => new ArrayBuffer(TOO_MUCH)],
    ['shared memory', () => new SharedArrayBuffer(TOO_MUCH)],
    ['a vector', () => new Float64Array(1e12)],
    ['one that is explained', () => allocateOrExplain(TOO_MUCH, 'a run', () => new ArrayBuffer(TOO_MUCH))],
  ])('says so of %s that the machine refused', (_what, work) => {
    expect(errorOf(work)).toBeInstanceOf(Error);
    expect(isOutOfMemory(errorOf(work))).toBe(true);
  });

  it('says so of the memory of an engine', () => {
    expect(isOutOfMemory(new RangeError('WebAssembly.Memory(): could not allocate memory'))).toBe(true);
  });

  it.each([
    ['a length that no vector may have', () => new Float64Array(2 ** 52)],
    ['a list of negative length', () => Reflect.construct(Array, [-1])],
    [
      'a stack that overflows',
      function deeper(): unknown {
        return [deeper()];
      },
    ],
    [
      'a mistake in the input',
      () => {
        throw new InvalidInput('out of memory');
      },
    ],
  ])('does not say so of %s', (_what, work) => {
    expect(errorOf(work)).toBeInstanceOf(Error);
    expect(isOutOfMemory(errorOf(work))).toBe(false);
  });
});
