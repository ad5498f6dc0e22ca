/**
 * Convolution on channels-last images as a matrix product that never forms its matrix (implicit GEMM): a window's row
 * of S*C inputs is one run of memory. Weights are packed once a call into panels of PANEL output columns.
 *
 * Sizes: N images, C and K channels in and out, H, W and P, Q pixels in and out, R, S of the window.
 */
import { copyWithBorder, needsBorder } from './border';
import { backwardWeight3x3, fits3x3, forward3x3 } from './conv3x3';
import { outputStep, poolPairs, unpooled } from './pool';
import { FLOAT, loadFirst } from './simd';
import { columnsTimesPanel, NARROW, NARROW_BYTES, PANEL, PANEL_BYTES, pixelsTimesPanel } from './tiles';

function roundUp(n: i32, multiple: i32): i32 {
  return ((n + multiple - 1) / multiple) * multiple;
}

/** Floats of a packed panel of output gradients, or of the ten sums of conv3x3.ts. */
function gradientPanel(C: i32, K: i32, P: i32, Q: i32): i32 {
  return max(P * Q * NARROW, C === 1 ? 10 * roundUp(K, NARROW) : 0);
}

/**
 * Floats of working memory: an output in front of a pool (or its gradient), then for each of the three kernels its packed operands and
 * an image with borders.
 */
export function conv2dScratch(
  C: i32,
  K: i32,
  R: i32,
  S: i32,
  P: i32,
  Q: i32,
  strideH: i32,
  strideW: i32,
): i32 {
  const border = roundUp(((P - 1) * strideH + R) * ((Q - 1) * strideW + S) * C, PANEL);
  const forward = border + (R * S * C + 1) * roundUp(K, PANEL);
  const backwardInput = R * S * K * roundUp(C, PANEL);
  const backwardWeight = border + (R * S * C + 1) * roundUp(K, NARROW) + gradientPanel(C, K, P, Q);
  return pooledImage(P, Q, K) + max(forward, max(backwardInput, backwardWeight));
}

/** Floats of the output of one image, in front of a pool. */
function pooledImage(P: i32, Q: i32, K: i32): i32 {
  return roundUp(P * Q * K, PANEL);
}

/** panel[k / 16][r][s][c][k % 16] = weight[k][c][r][s], zeros behind the last k. */
function packForward(packed: usize, weight: usize, C: i32, K: i32, R: i32, S: i32): void {
  const taps = R * S;
  memory.fill(packed, 0, <usize>(taps * C * roundUp(K, PANEL)) * FLOAT);
  for (let k = 0; k < K; k++) {
    const panel = packed + <usize>((k / PANEL) * taps * C * PANEL + (k % PANEL)) * FLOAT;
    for (let c = 0; c < C; c++) {
      for (let tap = 0; tap < taps; tap++) {
        store<f32>(panel + <usize>(tap * C + c) * PANEL_BYTES, load<f32>(weight));
        weight += FLOAT;
      }
    }
  }
}

/** panel[r][s][c / 16][k][c % 16] = weight[k][c][r][s], zeros behind the last c. */
function packBackward(packed: usize, weight: usize, C: i32, K: i32, R: i32, S: i32): void {
  const taps = R * S;
  const tapSize = roundUp(C, PANEL) * K;
  memory.fill(packed, 0, <usize>(taps * tapSize) * FLOAT);
  for (let k = 0; k < K; k++) {
    for (let tap = 0; tap < taps; tap++) {
      const panel = packed + <usize>(tap * tapSize + k * PANEL) * FLOAT;
      for (let c = 0; c < C; c++) {
        const to = panel + <usize>((c / PANEL) * K * PANEL + (c % PANEL)) * FLOAT;
        store<f32>(to, load<f32>(weight + <usize>(c * taps + tap) * FLOAT));
      }
    }
    weight += <usize>(C * taps) * FLOAT;
  }
}

/** Order of the sum of an output: the bias, then r, s, c. */
export function conv2dForward(
  N: i32,
  H: i32,
  W: i32,
  C: i32,
  R: i32,
  S: i32,
  P: i32,
  Q: i32,
  strideH: i32,
  strideW: i32,
  padTop: i32,
  padLeft: i32,
  K: i32,
  out: usize,
  inp: usize,
  weight: usize,
  bias: usize,
  scratch: usize,
  argmax: usize,
): void {
  const paddedK = roundUp(K, PANEL);
  const packed = scratch + <usize>pooledImage(P, Q, K) * FLOAT;
  const paddedBias = packed + <usize>(R * S * C * paddedK) * FLOAT;
  const image = paddedBias + <usize>paddedK * FLOAT;
  packForward(packed, weight, C, K, R, S);
  memory.fill(paddedBias, 0, <usize>paddedK * FLOAT);
  if (bias !== 0) memory.copy(paddedBias, bias, <usize>K * FLOAT);

  const needH = (P - 1) * strideH + R;
  const needW = (Q - 1) * strideW + S;
  const border = needsBorder(H, W, needH, needW, padTop, padLeft);
  const rowBytes = <usize>((border ? needW : W) * C) * FLOAT;
  const special = fits3x3(C, K, R, S, Q, strideH, strideW);
  const outStep = outputStep(P, Q, K, argmax);
  const argmaxStep: usize = argmax === 0 ? 0 : outStep;
  for (let n = 0; n < N; n++) {
    if (border) copyWithBorder(image, inp, H, W, C, needH, needW, padTop, padLeft);
    const from = border ? image : inp;
    const to = argmax === 0 ? out : scratch;
    if (special) {
      forward3x3(P, Q, K, to, from, rowBytes, packed, paddedBias);
    } else {
      for (let k = 0; k < K; k += PANEL) {
        pixelsTimesPanel(
          P,
          Q,
          to + <usize>k * FLOAT,
          <usize>(Q * K) * FLOAT,
          <usize>K * FLOAT,
          paddedBias + <usize>k * FLOAT,
          min(K - k, PANEL),
          from,
          <usize>strideH * rowBytes,
          <usize>(strideW * C) * FLOAT,
          packed + <usize>(k * R * S * C) * FLOAT,
          R,
          <usize>(S * C) * FLOAT,
          rowBytes,
        );
      }
    }
    if (argmax !== 0) poolPairs(P, Q, K, out, argmax, to);
    inp += <usize>(H * W * C) * FLOAT;
    out += outStep;
    argmax += argmaxStep;
  }
}

/** ceil(a / b) for b > 0 and any a. */
function ceilDivide(a: i32, b: i32): i32 {
  return a >= 0 ? (a + b - 1) / b : -(-a / b);
}

/** First output row whose tap r lies inside the image, and the one behind the last: 0 <= p * stride + r - pad < H. */
function firstInside(r: i32, stride: i32, pad: i32): i32 {
  return max(0, ceilDivide(pad - r, stride));
}
function endInside(r: i32, stride: i32, pad: i32, H: i32, P: i32): i32 {
  return min(P, ceilDivide(H + pad - r, stride));
}

/** Every output pixel gives its share to R*S input pixels. Order of the sum of an input: r, s, k. */
export function conv2dBackwardInput(
  N: i32,
  H: i32,
  W: i32,
  C: i32,
  R: i32,
  S: i32,
  P: i32,
  Q: i32,
  strideH: i32,
  strideW: i32,
  padTop: i32,
  padLeft: i32,
  K: i32,
  dinp: usize,
  dout: usize,
  weight: usize,
  scratch: usize,
  argmax: usize,
): void {
  const packed = scratch + <usize>pooledImage(P, Q, K) * FLOAT;
  packBackward(packed, weight, C, K, R, S);
  const doutStep = outputStep(P, Q, K, argmax);
  const argmaxStep: usize = argmax === 0 ? 0 : doutStep;
  for (let n = 0; n < N; n++) {
    memory.fill(dinp, 0, <usize>(H * W * C) * FLOAT);
    const gradient = unpooled(P, Q, K, scratch, dout, argmax);
    let panel = packed;
    for (let r = 0; r < R; r++) {
      const p0 = firstInside(r, strideH, padTop);
      const p1 = endInside(r, strideH, padTop, H, P);
      for (let s = 0; s < S; s++) {
        const q0 = firstInside(s, strideW, padLeft);
        const q1 = endInside(s, strideW, padLeft, W, Q);
        const h = p0 * strideH + r - padTop;
        const w = q0 * strideW + s - padLeft;
        for (let c = 0; c < C; c += PANEL) {
          pixelsTimesPanel(
            max(p1 - p0, 0),
            max(q1 - q0, 0),
            dinp + <usize>((h * W + w) * C + c) * FLOAT,
            <usize>(strideH * W * C) * FLOAT,
            <usize>(strideW * C) * FLOAT,
            0,
            min(C - c, PANEL),
            gradient + <usize>((p0 * Q + q0) * K) * FLOAT,
            <usize>(Q * K) * FLOAT,
            <usize>K * FLOAT,
            panel,
            1,
            <usize>K * FLOAT,
            0,
          );
          panel += <usize>K * PANEL_BYTES;
        }
      }
    }
    dinp += <usize>(H * W * C) * FLOAT;
    dout += doutStep;
    argmax += argmaxStep;
  }
}

/** Order of the sum of a weight: within an image over p, q; then the images. */
export function conv2dBackwardWeight(
  N: i32,
  H: i32,
  W: i32,
  C: i32,
  R: i32,
  S: i32,
  P: i32,
  Q: i32,
  strideH: i32,
  strideW: i32,
  padTop: i32,
  padLeft: i32,
  K: i32,
  dweight: usize,
  dbias: usize,
  dout: usize,
  inp: usize,
  scratch: usize,
  argmax: usize,
): void {
  const paddedK = roundUp(K, NARROW);
  const sums = scratch + <usize>pooledImage(P, Q, K) * FLOAT; // [R][S*C][paddedK], then the sums of the bias
  const biasSums = sums + <usize>(R * S * C * paddedK) * FLOAT;
  const panel = biasSums + <usize>paddedK * FLOAT;
  const image = panel + <usize>gradientPanel(C, K, P, Q) * FLOAT;
  memory.fill(sums, 0, <usize>((R * S * C + 1) * paddedK) * FLOAT);

  const needH = (P - 1) * strideH + R;
  const needW = (Q - 1) * strideW + S;
  const border = needsBorder(H, W, needH, needW, padTop, padLeft);
  const rowBytes = <usize>((border ? needW : W) * C) * FLOAT;
  const special = fits3x3(C, K, R, S, Q, strideH, strideW);
  const doutStep = outputStep(P, Q, K, argmax);
  const argmaxStep: usize = argmax === 0 ? 0 : doutStep;
  for (let n = 0; n < N; n++) {
    if (border) copyWithBorder(image, inp, H, W, C, needH, needW, padTop, padLeft);
    const from = border ? image : inp;
    const gradient = unpooled(P, Q, K, scratch, dout, argmax);
    if (special) {
      backwardWeight3x3(P, Q, K, paddedK, sums, panel, gradient, from, rowBytes);
    } else {
      for (let k = 0; k < K; k += NARROW) {
        packOutputGradient(
          panel,
          gradient + <usize>k * FLOAT,
          P * Q,
          K,
          min(K - k, NARROW),
          biasSums + <usize>k * FLOAT,
        );
        weightPanel(
          R,
          S * C,
          sums + <usize>k * FLOAT,
          <usize>paddedK * FLOAT,
          from,
          rowBytes,
          panel,
          P,
          Q,
          <usize>strideH * rowBytes,
          <usize>(strideW * C) * FLOAT,
        );
      }
    }
    inp += <usize>(H * W * C) * FLOAT;
    dout += doutStep;
    argmax += argmaxStep;
  }
  unpackWeightGradient(dweight, sums, C, K, R * S, paddedK);
  if (dbias !== 0) memory.copy(dbias, biasSums, <usize>K * FLOAT);
}

/** panel[pixel][j] = dout[pixel][k + j], zeros behind the last; adds the image's sum to the sum of the bias. */
function packOutputGradient(
  panel: usize,
  dout: usize,
  pixels: i32,
  K: i32,
  lanes: i32,
  biasSum: usize,
): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const v0 = loadFirst(dout, lanes);
    const v1 = loadFirst(dout + 16, lanes - 4);
    v128.store(panel, v0);
    v128.store(panel, v1, 16);
    s0 = f32x4.add(s0, v0);
    s1 = f32x4.add(s1, v1);
    dout += <usize>K * FLOAT;
    panel += NARROW_BYTES;
  }
  v128.store(biasSum, f32x4.add(v128.load(biasSum), s0));
  v128.store(biasSum, f32x4.add(v128.load(biasSum, 16), s1), 16);
}

/** One image and NARROW output channels: the R*S*C sums in tiles of four. */
function weightPanel(
  R: i32,
  run: i32,
  sums: usize,
  sumStep: usize,
  inp: usize,
  rowBytes: usize,
  panel: usize,
  P: i32,
  Q: i32,
  rowStep: usize,
  step: usize,
): void {
  for (let r = 0; r < R; r++) {
    columnsTimesPanel(run, sums, sumStep, NARROW, true, inp, P, Q, rowStep, step, panel);
    sums += <usize>run * sumStep;
    inp += rowBytes;
  }
}

/** dweight[k][c][tap] = sums[tap][c][k]. */
function unpackWeightGradient(dweight: usize, sums: usize, C: i32, K: i32, taps: i32, paddedK: i32): void {
  for (let k = 0; k < K; k++) {
    for (let c = 0; c < C; c++) {
      for (let tap = 0; tap < taps; tap++) {
        store<f32>(dweight, load<f32>(sums + <usize>((tap * C + c) * paddedK + k) * FLOAT));
        dweight += FLOAT;
      }
    }
  }
}
