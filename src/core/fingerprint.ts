/**
 * A fingerprint of many numbers that costs little more than reading them: 32 lanes of 32 bits, of which lane i mod 32 takes word i of
 * a vector by a round of one rotation and one multiplication,
 *
 *     lane <- rotateLeft(lane xor word, 13) * 0x9e3779b1   modulo 2^32
 *
 * One round is a bijection of the word and of the lane. So a change of a single word, by however little, always changes the fingerprint;
 * changes of several words of one lane cancel with a chance of 2^-32, and those of a training step reach all lanes. It is no defence against
 * an author of numbers: whoever doubts them executes the run again.
 *
 * A vector starts with its number of words, in lane 0. A float64 is two words, the lower first. Every NaN has the same bits.
 */
export const LANES = 32;

/** The state before the first vector. */
export function clearLanes(lanes: Int32Array): void {
  for (let i = 0; i < LANES; i++) lanes[i] = Math.imul(i + 1, 0x9e3779b1);
}

/** Takes `length` elements from `offset` on. */
export function absorb(
  lanes: Int32Array,
  v: Float32Array | Float64Array | Int32Array,
  offset: number,
  length: number,
): void {
  const perElement = v.BYTES_PER_ELEMENT >> 2;
  const words = new Int32Array(v.buffer, v.byteOffset + offset * v.BYTES_PER_ELEMENT, length * perElement);
  absorbWord(lanes, 0, words.length);
  if (v instanceof Float32Array) {
    for (let i = 0; i < words.length; i++) {
      absorbWord(lanes, i & 31, (words[i] & 0x7fffffff) > 0x7f800000 ? 0x7fc00000 : words[i]);
    }
  } else if (v instanceof Float64Array) {
    for (let i = 0; i < words.length; i += 2) {
      const bad = Number.isNaN(v[offset + (i >> 1)]);
      absorbWord(lanes, i & 31, bad ? 0 : words[i]);
      absorbWord(lanes, (i + 1) & 31, bad ? 0x7ff80000 : words[i + 1]);
    }
  } else {
    for (let i = 0; i < words.length; i++) absorbWord(lanes, i & 31, words[i]);
  }
}

function absorbWord(lanes: Int32Array, lane: number, word: number): void {
  const mixed = lanes[lane] ^ word;
  lanes[lane] = Math.imul((mixed << 13) | (mixed >>> 19), 0x9e3779b1);
}

/** 32 bits of all lanes; those of two fingerprints that differ in one lane differ. */
export function foldLanes(lanes: Int32Array): number {
  let folded = 0;
  for (let i = 0; i < LANES; i++) {
    const mixed = Math.imul(folded ^ lanes[i], 0x85ebca77);
    folded = mixed ^ (mixed >>> 15);
  }
  return folded >>> 0;
}

/** The eight hexadecimal digits of {@link foldLanes} that a chain keeps of a state. */
export function digestOfLanes(lanes: Int32Array): string {
  return foldLanes(lanes).toString(16).padStart(8, '0');
}

/** The same from a whole fingerprint as text, eight hexadecimal digits a lane. */
export function digestOf(fingerprint: string): string {
  return digestOfLanes(
    Int32Array.from(fingerprint.match(/.{8}/g) ?? [], (lane) => Number.parseInt(lane, 16) | 0),
  );
}
