/**
 * ReLU and its two leaky relatives. Loops over flat vectors take four at a time, with constant offsets: counting and
 * moving three addresses costs as much as the work on one.
 */
import {
  CHANNEL_GROUP,
  CHANNEL_SUMS,
  FLOAT,
  loadVector,
  ROW_BLOCK,
  storeVector,
  VECTOR,
  widenHigh,
  widenLow,
} from './simd';

/** x < 0 ? 0 : x leaves NaN as it is; adding 0 turns -0 into 0. */
export function reluForward(length: i32, out: usize, inp: usize): void {
  const zero = f32x4.splat(0);
  const end = out + <usize>length * FLOAT;
  const vectorEnd = out + <usize>(length & ~15) * FLOAT;
  while (out < vectorEnd) {
    v128.store(out, f32x4.add(f32x4.pmax(v128.load(inp), zero), zero));
    v128.store(out, f32x4.add(f32x4.pmax(v128.load(inp, 16), zero), zero), 16);
    v128.store(out, f32x4.add(f32x4.pmax(v128.load(inp, 32), zero), zero), 32);
    v128.store(out, f32x4.add(f32x4.pmax(v128.load(inp, 48), zero), zero), 48);
    out += 4 * VECTOR;
    inp += 4 * VECTOR;
  }
  while (out < end) {
    const x = load<f32>(inp);
    store<f32>(out, x <= 0 ? 0 : x);
    out += FLOAT;
    inp += FLOAT;
  }
}

export function reluBackward(length: i32, dinp: usize, dout: usize, inp: usize): void {
  const zero = f32x4.splat(0);
  const end = dinp + <usize>length * FLOAT;
  const vectorEnd = dinp + <usize>(length & ~15) * FLOAT;
  while (dinp < vectorEnd) {
    v128.store(dinp, v128.and(v128.load(dout), f32x4.gt(v128.load(inp), zero)));
    v128.store(dinp, v128.and(v128.load(dout, 16), f32x4.gt(v128.load(inp, 16), zero)), 16);
    v128.store(dinp, v128.and(v128.load(dout, 32), f32x4.gt(v128.load(inp, 32), zero)), 32);
    v128.store(dinp, v128.and(v128.load(dout, 48), f32x4.gt(v128.load(inp, 48), zero)), 48);
    dinp += 4 * VECTOR;
    dout += 4 * VECTOR;
    inp += 4 * VECTOR;
  }
  while (dinp < end) {
    store<f32>(dinp, load<f32>(inp) > 0 ? load<f32>(dout) : 0);
    dinp += FLOAT;
    dout += FLOAT;
    inp += FLOAT;
  }
}

/** x where sign > 0, else slope * x. */
function leak(x: v128, sign: v128, slope: v128): v128 {
  return v128.bitselect(x, f32x4.mul(slope, x), f32x4.gt(sign, f32x4.splat(0)));
}

export function leakyReluForward(length: i32, negativeSlope: f32, out: usize, inp: usize): void {
  leakyReluBackward(length, negativeSlope, out, inp, inp);
}

export function leakyReluBackward(
  length: i32,
  negativeSlope: f32,
  dinp: usize,
  dout: usize,
  inp: usize,
): void {
  const slope = f32x4.splat(negativeSlope);
  const end = dinp + <usize>length * FLOAT;
  const vectorEnd = dinp + <usize>(length & ~15) * FLOAT;
  while (dinp < vectorEnd) {
    v128.store(dinp, leak(v128.load(dout), v128.load(inp), slope));
    v128.store(dinp, leak(v128.load(dout, 16), v128.load(inp, 16), slope), 16);
    v128.store(dinp, leak(v128.load(dout, 32), v128.load(inp, 32), slope), 32);
    v128.store(dinp, leak(v128.load(dout, 48), v128.load(inp, 48), slope), 48);
    dinp += 4 * VECTOR;
    dout += 4 * VECTOR;
    inp += 4 * VECTOR;
  }
  while (dinp < end) {
    const dy = load<f32>(dout);
    store<f32>(dinp, load<f32>(inp) > 0 ? dy : negativeSlope * dy);
    dinp += FLOAT;
    dout += FLOAT;
    inp += FLOAT;
  }
}

/** One slope: leaky ReLU with a learned constant. One a channel: blocks of rows, as in batchNorm.ts. */
export function preluForward(rows: i32, C: i32, shared: i32, out: usize, inp: usize, slope: usize): void {
  if (shared !== 0) {
    leakyReluForward(rows * C, load<f32>(slope), out, inp);
    return;
  }
  for (let row = 0; row < rows; row += ROW_BLOCK) {
    const count = min(ROW_BLOCK, rows - row);
    const at = <usize>(row * C) * FLOAT;
    let c = 0;
    for (; c + 4 <= C; c += 4) preluForwardBlock<v128>(count, C, c, 4, out + at, inp + at, slope);
    if (c < C) preluForwardBlock<f32>(count, C, c, C - c, out + at, inp + at, slope);
  }
}

/** Channel c and up to three behind it, of `rows` rows. */
function preluForwardBlock<T>(
  rows: i32,
  C: i32,
  c: i32,
  lanes: i32,
  out: usize,
  inp: usize,
  slope: usize,
): void {
  const at = <usize>c * FLOAT;
  const factor = loadVector<T>(slope + at, lanes);
  out += at;
  inp += at;
  for (let row = 0; row < rows; row++) {
    const x = loadVector<T>(inp, lanes);
    storeVector<T>(out, leak(x, x, factor), lanes);
    out += <usize>C * FLOAT;
    inp += <usize>C * FLOAT;
  }
}

/**
 * dslope_c = sum over the rows, in order, of dout * inp where inp <= 0, in float64; a shared slope adds the channels'
 * sums in order.
 */
export function preluBackward(
  rows: i32,
  C: i32,
  shared: i32,
  dinp: usize,
  dslope: usize,
  dout: usize,
  inp: usize,
  slope: usize,
): void {
  let total: f64 = 0;
  for (let group = 0; group < C; group += CHANNEL_GROUP) {
    const channels = min(CHANNEL_GROUP, C - group);
    memory.fill(CHANNEL_SUMS, 0, 8 * CHANNEL_GROUP);
    for (let row = 0; row < rows; row += ROW_BLOCK) {
      const count = min(ROW_BLOCK, rows - row);
      const at = <usize>(row * C + group) * FLOAT;
      const slopes = shared !== 0 ? slope : slope + <usize>group * FLOAT;
      let c = 0;
      for (; c + 4 <= channels; c += 4) {
        preluBackwardBlock<v128>(count, C, c, 4, shared, dinp + at, dout + at, inp + at, slopes);
      }
      if (c < channels) {
        preluBackwardBlock<f32>(count, C, c, channels - c, shared, dinp + at, dout + at, inp + at, slopes);
      }
    }
    for (let c = 0; c < channels; c++) {
      const sum = load<f64>(CHANNEL_SUMS + <usize>c * 8);
      total += sum;
      if (shared === 0) store<f32>(dslope + <usize>(group + c) * FLOAT, <f32>sum);
    }
  }
  if (shared !== 0) store<f32>(dslope, <f32>total);
}

/** Channel c and up to three behind it, of `rows` rows; adds to the channels' sums. */
function preluBackwardBlock<T>(
  rows: i32,
  C: i32,
  c: i32,
  lanes: i32,
  shared: i32,
  dinp: usize,
  dout: usize,
  inp: usize,
  slope: usize,
): void {
  const at = <usize>c * FLOAT;
  const sums = CHANNEL_SUMS + 2 * at;
  const factor = shared !== 0 ? v128.load32_splat(slope) : loadVector<T>(slope + at, lanes);
  const zero = f32x4.splat(0);
  const step = <usize>C * FLOAT;
  let low = v128.load(sums);
  let high = v128.load(sums, 16);
  dinp += at;
  dout += at;
  inp += at;
  for (let row = 0; row < rows; row++) {
    const dy = loadVector<T>(dout, lanes);
    const x = loadVector<T>(inp, lanes);
    storeVector<T>(dinp, leak(dy, x, factor), lanes);
    const leaked = v128.andnot(dy, f32x4.gt(x, zero));
    low = f64x2.add(low, f64x2.mul(widenLow(leaked), widenLow(x)));
    high = f64x2.add(high, f64x2.mul(widenHigh(leaked), widenHigh(x)));
    dinp += step;
    dout += step;
    inp += step;
  }
  v128.store(sums, low);
  v128.store(sums, high, 16);
}
