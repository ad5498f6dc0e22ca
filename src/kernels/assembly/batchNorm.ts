/**
 * Batch norm over rows of C channels. Every sum of a channel runs over the rows in order, in float64, so it does not
 * depend on how channels fall into vectors. Channels are taken in groups of CHANNEL_GROUP and rows in blocks of
 * ROW_BLOCK; in a block four channels at a time, and what is left of the group, go down the rows.
 *
 * The mean is kept in float32, whose error matters when the inputs lie far from 0 (at 4096 it is 2e-4). Forward
 * therefore subtracts the mean in two parts, and backward recovers the second part from the sum of inp - mean.
 */
import {
  CHANNEL_FACTORS,
  CHANNEL_GROUP,
  CHANNEL_SUMS,
  FLOAT,
  loadHigh,
  loadLow,
  loadVector,
  ROW_BLOCK,
  storeVector,
} from './simd';

const SECOND: usize = 8 * 128;
const THIRD: usize = 16 * 128;
const FACTOR: usize = 4 * 128;

/**
 * One pass for both sums, of d = inp - first row and of d^2: mean = first + sum(d)/rows and
 * var = sum(d^2)/rows - (sum(d)/rows)^2. The first row is itself one of the values, so (mean - first)^2 <= rows * var
 * and at most log2(rows) of the 53 bits cancel.
 */
export function batchNormForward(
  rows: i32,
  C: i32,
  eps: f64,
  momentum: f64,
  out: usize,
  inp: usize,
  gamma: usize,
  beta: usize,
  mean: usize,
  invStd: usize,
  runningMean: usize,
  runningVar: usize,
): void {
  for (let group = 0; group < C; group += CHANNEL_GROUP) {
    const channels = min(CHANNEL_GROUP, C - group);
    memory.fill(CHANNEL_SUMS, 0, 2 * SECOND);
    for (let row = 0; row < rows; row += ROW_BLOCK) {
      const count = min(ROW_BLOCK, rows - row);
      const first = inp + <usize>group * FLOAT;
      const block = first + <usize>(row * C) * FLOAT;
      let c = 0;
      for (; c + 4 <= channels; c += 4) addMoments<v128>(count, C, c, 4, block, first);
      if (c < channels) addMoments<f32>(count, C, c, channels - c, block, first);
    }
    for (let c = 0; c < channels; c++) {
      const at = <usize>(group + c) * FLOAT;
      const average = load<f64>(CHANNEL_SUMS + <usize>c * 8) / <f64>rows;
      const mu = <f64>load<f32>(inp + at) + average;
      const squares = load<f64>(CHANNEL_SUMS + SECOND + <usize>c * 8) - average * average * <f64>rows;
      const scale = 1 / Math.sqrt(squares / <f64>rows + eps);
      // one value has no unbiased variance; it counts as 0
      const unbiased = squares / <f64>max(rows - 1, 1);
      moveTowards(runningMean + at, mu, momentum);
      moveTowards(runningVar + at, unbiased, momentum);
      store<f32>(mean + at, <f32>mu);
      store<f32>(invStd + at, <f32>scale);
      setFactors(
        c,
        mu,
        scale,
        gamma === 0 ? 1 : load<f32>(gamma + at),
        beta === 0 ? 0 : load<f32>(beta + at),
      );
    }
    normalize(rows, C, channels, out + <usize>group * FLOAT, inp + <usize>group * FLOAT);
  }
}

export function batchNormEvaluate(
  rows: i32,
  C: i32,
  eps: f64,
  out: usize,
  inp: usize,
  gamma: usize,
  beta: usize,
  mean: usize,
  invStd: usize,
  runningMean: usize,
  runningVar: usize,
): void {
  for (let group = 0; group < C; group += CHANNEL_GROUP) {
    const channels = min(CHANNEL_GROUP, C - group);
    for (let c = 0; c < channels; c++) {
      const at = <usize>(group + c) * FLOAT;
      const mu = load<f32>(runningMean + at);
      const scale = 1 / Math.sqrt(<f64>load<f32>(runningVar + at) + eps);
      store<f32>(mean + at, mu);
      store<f32>(invStd + at, <f32>scale);
      setFactors(
        c,
        mu,
        scale,
        gamma === 0 ? 1 : load<f32>(gamma + at),
        beta === 0 ? 0 : load<f32>(beta + at),
      );
    }
    normalize(rows, C, channels, out + <usize>group * FLOAT, inp + <usize>group * FLOAT);
  }
}

/** running = (1 - momentum) * running + momentum * value */
function moveTowards(running: usize, value: f64, momentum: f64): void {
  store<f32>(running, <f32>((1 - momentum) * <f64>load<f32>(running) + momentum * value));
}

/** Adds the sums of d and d^2 over `rows` rows to those of channel c and up to three behind it. */
function addMoments<T>(rows: i32, C: i32, c: i32, lanes: i32, inp: usize, first: usize): void {
  const at = <usize>c * FLOAT;
  const sums = CHANNEL_SUMS + 2 * at;
  const shiftLow = loadLow<T>(first + at, lanes);
  const shiftHigh = loadHigh<T>(first + at, lanes);
  let low = v128.load(sums);
  let high = v128.load(sums, 16);
  let lowSquares = v128.load(sums, SECOND);
  let highSquares = v128.load(sums, SECOND + 16);
  inp += at;
  for (let row = 0; row < rows; row++) {
    const dLow = f64x2.sub(loadLow<T>(inp, lanes), shiftLow);
    const dHigh = f64x2.sub(loadHigh<T>(inp, lanes), shiftHigh);
    low = f64x2.add(low, dLow);
    high = f64x2.add(high, dHigh);
    lowSquares = f64x2.add(lowSquares, f64x2.mul(dLow, dLow));
    highSquares = f64x2.add(highSquares, f64x2.mul(dHigh, dHigh));
    inp += <usize>C * FLOAT;
  }
  v128.store(sums, low);
  v128.store(sums, high, 16);
  v128.store(sums, lowSquares, SECOND);
  v128.store(sums, highSquares, SECOND + 16);
}

/** What normalize needs of a channel: the mean in two float32 parts, gamma * invStd and beta. */
function setFactors(c: i32, mean: f64, invStd: f64, gamma: f32, beta: f32): void {
  const at = CHANNEL_FACTORS + <usize>c * FLOAT;
  const high = <f32>mean;
  store<f32>(at, high);
  store<f32>(at, <f32>(mean - <f64>high), FACTOR);
  store<f32>(at, <f32>(<f64>gamma * invStd), 2 * FACTOR);
  store<f32>(at, beta, 3 * FACTOR);
}

/** out = ((inp - meanHigh) - meanLow) * scale + beta. */
function normalize(rows: i32, C: i32, channels: i32, out: usize, inp: usize): void {
  for (let row = 0; row < rows; row += ROW_BLOCK) {
    const count = min(ROW_BLOCK, rows - row);
    const at = <usize>(row * C) * FLOAT;
    let c = 0;
    for (; c + 4 <= channels; c += 4) normalizeBlock<v128>(count, C, c, 4, out + at, inp + at);
    if (c < channels) normalizeBlock<f32>(count, C, c, channels - c, out + at, inp + at);
  }
}

function normalizeBlock<T>(rows: i32, C: i32, c: i32, lanes: i32, out: usize, inp: usize): void {
  const at = <usize>c * FLOAT;
  const factors = CHANNEL_FACTORS + at;
  const meanHigh = v128.load(factors);
  const meanLow = v128.load(factors, FACTOR);
  const scale = v128.load(factors, 2 * FACTOR);
  const beta = v128.load(factors, 3 * FACTOR);
  out += at;
  inp += at;
  for (let row = 0; row < rows; row++) {
    const centred = f32x4.sub(f32x4.sub(loadVector<T>(inp, lanes), meanHigh), meanLow);
    storeVector<T>(out, f32x4.add(f32x4.mul(centred, scale), beta), lanes);
    inp += <usize>C * FLOAT;
    out += <usize>C * FLOAT;
  }
}

/**
 * With d = inp - mean (float32 mean), the sums of dout, dout * d and d. The mean of d is what rounding took from the
 * mean. dbeta = sum(dout), dgamma = invStd * sum(dout * (d - mean(d))), and in training
 * dinp = gamma * invStd * (dout - dbeta/rows - xhat * dgamma/rows).
 */
export function batchNormBackward(
  rows: i32,
  C: i32,
  training: i32,
  dinp: usize,
  dgamma: usize,
  dbeta: usize,
  dout: usize,
  inp: usize,
  gamma: usize,
  mean: usize,
  invStd: usize,
): void {
  for (let group = 0; group < C; group += CHANNEL_GROUP) {
    const channels = min(CHANNEL_GROUP, C - group);
    memory.fill(CHANNEL_SUMS, 0, 3 * SECOND);
    for (let row = 0; row < rows; row += ROW_BLOCK) {
      const count = min(ROW_BLOCK, rows - row);
      const at = <usize>(row * C + group) * FLOAT;
      const centre = mean + <usize>group * FLOAT;
      let c = 0;
      for (; c + 4 <= channels; c += 4) addProducts<v128>(count, C, c, 4, dout + at, inp + at, centre);
      if (c < channels) addProducts<f32>(count, C, c, channels - c, dout + at, inp + at, centre);
    }
    for (let c = 0; c < channels; c++) {
      const at = <usize>(group + c) * FLOAT;
      const sums = CHANNEL_SUMS + <usize>c * 8;
      const std = <f64>load<f32>(invStd + at);
      const sumDy = load<f64>(sums);
      const rest = training !== 0 ? load<f64>(sums, THIRD) / <f64>rows : 0;
      const sumDyXhat = (load<f64>(sums, SECOND) - rest * sumDy) * std;
      if (dgamma !== 0) store<f32>(dgamma + at, <f32>sumDyXhat);
      if (dbeta !== 0) store<f32>(dbeta + at, <f32>sumDy);
      const scale = (gamma === 0 ? 1 : <f64>load<f32>(gamma + at)) * std;
      // dinp = scale * dout - slope * d - offset
      const slope = training !== 0 ? (scale * std * sumDyXhat) / <f64>rows : 0;
      const offset = training !== 0 ? (scale * sumDy) / <f64>rows - slope * rest : 0;
      const factors = CHANNEL_FACTORS + <usize>c * FLOAT;
      store<f32>(factors, load<f32>(mean + at));
      store<f32>(factors, <f32>scale, FACTOR);
      store<f32>(factors, <f32>slope, 2 * FACTOR);
      store<f32>(factors, <f32>offset, 3 * FACTOR);
    }
    if (dinp === 0) continue;
    for (let row = 0; row < rows; row += ROW_BLOCK) {
      const count = min(ROW_BLOCK, rows - row);
      const at = <usize>(row * C + group) * FLOAT;
      let c = 0;
      for (; c + 4 <= channels; c += 4)
        inputGradientBlock<v128>(count, C, c, 4, dinp + at, dout + at, inp + at);
      if (c < channels) inputGradientBlock<f32>(count, C, c, channels - c, dinp + at, dout + at, inp + at);
    }
  }
}

/** Adds the sums of dout, dout * d and d over `rows` rows to those of channel c and up to three behind it. */
function addProducts<T>(rows: i32, C: i32, c: i32, lanes: i32, dout: usize, inp: usize, mean: usize): void {
  const at = <usize>c * FLOAT;
  const sums = CHANNEL_SUMS + 2 * at;
  const centreLow = loadLow<T>(mean + at, lanes);
  const centreHigh = loadHigh<T>(mean + at, lanes);
  let lowDy = v128.load(sums);
  let highDy = v128.load(sums, 16);
  let lowProduct = v128.load(sums, SECOND);
  let highProduct = v128.load(sums, SECOND + 16);
  let lowD = v128.load(sums, THIRD);
  let highD = v128.load(sums, THIRD + 16);
  dout += at;
  inp += at;
  for (let row = 0; row < rows; row++) {
    const dLow = f64x2.sub(loadLow<T>(inp, lanes), centreLow);
    const dHigh = f64x2.sub(loadHigh<T>(inp, lanes), centreHigh);
    const dyLow = loadLow<T>(dout, lanes);
    const dyHigh = loadHigh<T>(dout, lanes);
    lowDy = f64x2.add(lowDy, dyLow);
    highDy = f64x2.add(highDy, dyHigh);
    lowProduct = f64x2.add(lowProduct, f64x2.mul(dyLow, dLow));
    highProduct = f64x2.add(highProduct, f64x2.mul(dyHigh, dHigh));
    lowD = f64x2.add(lowD, dLow);
    highD = f64x2.add(highD, dHigh);
    inp += <usize>C * FLOAT;
    dout += <usize>C * FLOAT;
  }
  v128.store(sums, lowDy);
  v128.store(sums, highDy, 16);
  v128.store(sums, lowProduct, SECOND);
  v128.store(sums, highProduct, SECOND + 16);
  v128.store(sums, lowD, THIRD);
  v128.store(sums, highD, THIRD + 16);
}

/** dinp = scale * dout - slope * (inp - mean) - offset, in float32. */
function inputGradientBlock<T>(
  rows: i32,
  C: i32,
  c: i32,
  lanes: i32,
  dinp: usize,
  dout: usize,
  inp: usize,
): void {
  const at = <usize>c * FLOAT;
  const factors = CHANNEL_FACTORS + at;
  const mean = v128.load(factors);
  const scale = v128.load(factors, FACTOR);
  const slope = v128.load(factors, 2 * FACTOR);
  const offset = v128.load(factors, 3 * FACTOR);
  dinp += at;
  dout += at;
  inp += at;
  for (let row = 0; row < rows; row++) {
    const d = f32x4.sub(loadVector<T>(inp, lanes), mean);
    const direct = f32x4.mul(scale, loadVector<T>(dout, lanes));
    storeVector<T>(dinp, f32x4.sub(f32x4.sub(direct, f32x4.mul(slope, d)), offset), lanes);
    inp += <usize>C * FLOAT;
    dout += <usize>C * FLOAT;
    dinp += <usize>C * FLOAT;
  }
}
