import { sha256 } from './host.ts';

export { sha256 } from './host.ts';

/**
 * SHA-256 of numbers by value: every number is hashed as its little-endian bits, with one bit pattern for
 * every NaN (the sign and payload of a NaN are the only bits that WebAssembly leaves to the host).
 */
export function sha256OfNumbers(...vectors: readonly (Float32Array | Float64Array | Int32Array)[]): string {
  return sha256(...vectors.map((vector) => (hasNaN(vector) ? withOneNaN(vector) : vector)));
}

function hasNaN(vector: Float32Array | Float64Array | Int32Array): boolean {
  if (vector instanceof Int32Array) return false;
  if (vector instanceof Float32Array) return hasNaNBits(vector);
  for (let i = 0; i < vector.length; i++) if (Number.isNaN(vector[i])) return true;
  return false;
}

/** A NaN has all bits of the exponent and one of the fraction. As whole numbers the bits are compared in a third of the time. */
function hasNaNBits({ buffer, byteOffset, length }: Float32Array): boolean {
  const bits = new Int32Array(buffer, byteOffset, length);
  for (let i = 0; i < length; i++) if ((bits[i] & 0x7fffffff) > 0x7f800000) return true;
  return false;
}

/** A copy in which every NaN has the same bits. */
function withOneNaN<V extends Float32Array | Float64Array | Int32Array>(vector: V): V {
  const copy = vector.slice() as V;
  for (let i = 0; i < copy.length; i++) if (Number.isNaN(copy[i])) copy[i] = Number.NaN;
  return copy;
}
