/** The rounds of src/core/fingerprint.ts over float32, 32 lanes at a time. */
import { FLOAT, VECTOR } from './simd';

const FACTOR: i32 = <i32>0x9e3779b1;
const NAN: i32 = 0x7fc00000;

function round(lane: v128, words: v128): v128 {
  const mixed = v128.xor(lane, words);
  const rotated = v128.or(i32x4.shl(mixed, 13), i32x4.shr_u(mixed, 19));
  return i32x4.mul(rotated, i32x4.splat(FACTOR));
}

function takeWord(lane: usize, word: i32): void {
  store<i32>(lane, rotl<i32>(load<i32>(lane) ^ word, 13) * FACTOR);
}

/** The lanes of four floats after their round, every NaN with the same bits. */
function take(lane: v128, address: usize): v128 {
  const x = v128.load(address);
  const nan = f32x4.ne(x, x);
  if (v128.any_true(nan)) return round(lane, v128.bitselect(i32x4.splat(NAN), x, nan));
  return round(lane, x);
}

export function fingerprint(lanes: usize, v: usize, length: i32): void {
  takeWord(lanes, length);
  let lane0 = v128.load(lanes);
  let lane1 = v128.load(lanes, 16);
  let lane2 = v128.load(lanes, 32);
  let lane3 = v128.load(lanes, 48);
  let lane4 = v128.load(lanes, 64);
  let lane5 = v128.load(lanes, 80);
  let lane6 = v128.load(lanes, 96);
  let lane7 = v128.load(lanes, 112);
  const end = v + <usize>length * FLOAT;
  const blocksEnd = v + <usize>(length & ~31) * FLOAT;
  while (v < blocksEnd) {
    lane0 = take(lane0, v);
    lane1 = take(lane1, v + VECTOR);
    lane2 = take(lane2, v + 2 * VECTOR);
    lane3 = take(lane3, v + 3 * VECTOR);
    lane4 = take(lane4, v + 4 * VECTOR);
    lane5 = take(lane5, v + 5 * VECTOR);
    lane6 = take(lane6, v + 6 * VECTOR);
    lane7 = take(lane7, v + 7 * VECTOR);
    v += 8 * VECTOR;
  }
  v128.store(lanes, lane0);
  v128.store(lanes, lane1, 16);
  v128.store(lanes, lane2, 32);
  v128.store(lanes, lane3, 48);
  v128.store(lanes, lane4, 64);
  v128.store(lanes, lane5, 80);
  v128.store(lanes, lane6, 96);
  v128.store(lanes, lane7, 112);
  while (v < end) {
    const word = load<i32>(v);
    takeWord(lanes, (word & 0x7fffffff) > 0x7f800000 ? NAN : word);
    lanes += FLOAT;
    v += FLOAT;
  }
}
