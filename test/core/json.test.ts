import { describe, expect, it } from 'vitest';
import { sha256, sha256OfNumbers } from '../../src/core/hash.ts';
import { canonicalJson, parseCanonicalJson } from '../../src/core/json.ts';

describe('canonicalJson', () => {
  it('orders keys, drops undefined and white space', () => {
    expect(canonicalJson({ b: [1, 'x'], a: { d: null, c: true }, u: undefined })).toBe(
      '{"a":{"c":true,"d":null},"b":[1,"x"]}',
    );
  });

  it('carries every number exactly, the special ones included', () => {
    const numbers = [
      0,
      -0,
      0.1,
      1e300,
      5e-324,
      -1 / 3,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ];
    const back = parseCanonicalJson(canonicalJson({ numbers })) as { numbers: number[] };
    expect(back.numbers.map((x, i) => Object.is(x, numbers[i]))).toEqual(numbers.map(() => true));
  });

  it('says where a value stands that JSON cannot hold', () => {
    expect(() => canonicalJson({ a: [1, { f: () => 1 }] })).toThrow(
      'invalid value at $.a[1].f: got a function',
    );
  });
});

describe('sha256OfNumbers', () => {
  it('gives every NaN the same digest, and tells -0 from 0', () => {
    const bits = Uint32Array.of(0xffc00001, 0x3f800000, 0x7fc0beef);
    const odd = new Float32Array(bits.buffer);
    expect(sha256OfNumbers(odd)).toBe(sha256OfNumbers(Float32Array.of(Number.NaN, 1, Number.NaN)));
    expect([...bits]).toEqual([0xffc00001, 0x3f800000, 0x7fc0beef]);
    expect(sha256OfNumbers(Float64Array.of(-0))).not.toBe(sha256OfNumbers(Float64Array.of(0)));
  });

  it('is the SHA-256 of the little-endian bytes of all vectors, and of no others of their memory', () => {
    expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(sha256OfNumbers(Int32Array.of(1, 2))).toBe(sha256(Buffer.from([1, 0, 0, 0, 2, 0, 0, 0])));
    const floats = Float32Array.of(5, 1, -2, 5).subarray(1, 3);
    expect(sha256OfNumbers(floats, Float64Array.of(1))).toBe(
      sha256(Buffer.from('0000803f' + '000000c0' + '000000000000f03f', 'hex')),
    );
  });
});
