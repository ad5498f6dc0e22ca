import { describe, expect, it } from 'vitest';
import { absorb, clearLanes, digestOf, digestOfLanes, foldLanes, LANES } from '../../src/core/fingerprint.ts';
import { wasmEngine } from '../../src/kernels/wasm.ts';

function lanesOf(...vectors: (Float32Array | Float64Array | Int32Array)[]): Int32Array {
  const lanes = new Int32Array(LANES);
  clearLanes(lanes);
  for (const v of vectors) absorb(lanes, v, 0, v.length);
  return lanes;
}

/** The round of the docstring with whole numbers of any size. */
function round(lane: bigint, word: bigint): bigint {
  const mixed = lane ^ word;
  const rotated = ((mixed << 13n) | (mixed >> 19n)) & 0xffffffffn;
  return (rotated * 0x9e3779b1n) & 0xffffffffn;
}

describe('fingerprint', () => {
  it('is the written round in each lane', () => {
    const words = Float32Array.from({ length: 70 }, (_, i) => i / 7 - 2);
    const expected = Array.from({ length: LANES }, (_, i) => (BigInt(i + 1) * 0x9e3779b1n) & 0xffffffffn);
    expected[0] = round(expected[0], 70n);
    new Uint32Array(words.buffer).forEach((word, i) => {
      expected[i % 32] = round(expected[i % 32], BigInt(word));
    });
    expect(Array.from(lanesOf(words), (lane) => BigInt(lane >>> 0))).toEqual(expected);
  });

  it('sees one bit of one number, its place, the sign of zero and where a vector ends', () => {
    const v = Float32Array.from({ length: 40 }, (_, i) => i);
    const bits = (change: (copy: Float32Array) => void) => {
      const copy = v.slice();
      change(copy);
      return foldLanes(lanesOf(copy));
    };
    const lowestBit = (i: number) => (copy: Float32Array) => {
      new Int32Array(copy.buffer)[i] ^= 1;
    };
    const folded = [
      foldLanes(lanesOf(v)),
      ...Array.from(v, (_, i) => bits(lowestBit(i))),
      bits((copy) => copy.set([-0])),
      bits((copy) => copy.set([1, 0])),
      foldLanes(lanesOf(v.subarray(0, 16), v.subarray(16))),
    ];
    expect(new Set(folded).size).toBe(folded.length);
  });

  it('has eight digits in a chain, from its lanes and from its text', () => {
    const lanes = lanesOf(Float32Array.of(1, 2, 3));
    const text = Array.from(lanes, (lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('');
    expect(digestOf(text)).toBe(digestOfLanes(lanes));
    expect(Number.parseInt(digestOf(text), 16)).toBe(foldLanes(lanes));
    expect(digestOf('0'.repeat(256))).toBe('00000000');
  });

  it('takes every NaN for the same, in both types', () => {
    const nan = (bits: number) => new Float32Array(Int32Array.of(0x3f800000, bits).buffer);
    expect(lanesOf(nan(0x7fc00000))).toEqual(lanesOf(nan(0xffc12345 | 0)));
    expect(lanesOf(nan(0x7f800000))).not.toEqual(lanesOf(nan(0x7fc00000))); // an infinity is none
    const wide = (bits: bigint) => new Float64Array(BigInt64Array.of(bits).buffer);
    expect(lanesOf(wide(0x7ff8000000000000n))).toEqual(lanesOf(wide(-0x0007000000000001n)));
  });

  it('is the same in WebAssembly, for every length of the tail', () => {
    const { kernels, allocator, close } = wasmEngine.open(2 ** 16);
    const lanes = allocator.ints(LANES);
    const v = allocator.floats(200);
    for (let i = 0; i < v.length; i++) v[i] = i % 11 === 3 ? Number.NaN : i * 1.37 - 90;
    for (let length = 0; length <= 130; length++) {
      const offset = length % 5;
      clearLanes(lanes);
      kernels.fingerprint(lanes, v, offset, length);
      const expected = lanesOf(Float32Array.from(v.subarray(offset, offset + length)));
      expect(Int32Array.from(lanes), `${length}`).toEqual(expected);
    }
    clearLanes(lanes);
    kernels.fingerprint(lanes, Float64Array.of(1, 2), 0, 2); // not of this memory
    expect(Int32Array.from(lanes)).toEqual(lanesOf(Float64Array.of(1, 2)));
    close();
  });
});
