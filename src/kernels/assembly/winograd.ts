/**
 * 3x3 convolutions with fewer multiplications for 4x4 outputs of a channel pair than the 144 of the definition: with stride 1 by
 * F(4x4, 3x3) 36 (winogradTiles.ts), with stride 2 by phases 81 (polyphaseTiles.ts).
 *
 *   V = B^T d B for every tile d of 6x6 or 9x9 inputs, U = G g G^T for every window g of weights
 *   M = the products V_xi U_xi over the channels, xi a place in the tile; out = A^T M A + bias
 *
 * The gradients are those of these steps, with W = A dout A^T:
 *   dinp: dV_xi = W_xi U_xi^T, and every tile adds B dV B^T to the pixels that it came from
 *   dweight: dU_xi = V_xi^T W_xi, dg = G^T dU G
 *
 * Images are taken in blocks whose V and M (or W) fit the second-level cache. Tiles hang over the last rows and columns of
 * an image by zeros. Sizes as in conv2d.ts; C and K are multiples of 16; `stride` is 1 or 2 in both axes.
 */
import { copyInside, copyWithoutBorder, needsBorder } from './border';
import * as strideTwo from './polyphaseTiles';
import { outputStep, poolPairs, unpooled } from './pool';
import { addColumnsTimesRows, rowsTimesPanels } from './products';
import { FLOAT } from './simd';
import * as strideOne from './winogradTiles';

/** Places with weights of their own. */
const WEIGHTS: i32 = 36;
/** Floats of V and M of one block. */
const BLOCK: i32 = 131072;
/** Between the planes of a packed operand, so that the same place of all planes does not fall into one set of the cache. */
const GAP: i32 = 16;

function tilesAlong(pixels: i32): i32 {
  return (pixels + 3) / 4;
}

/** Pixels of the input that this many tiles see, and elements of a transformed tile, both along one axis. */
function pixelsUnder(tiles: i32, stride: i32): i32 {
  return stride * (4 * tiles - 1) + 3;
}

/** Elements of a transformed tile. */
function placesOf(stride: i32): i32 {
  return pixelsUnder(1, stride) * pixelsUnder(1, stride);
}

/** The weights of a place: lines beyond the fifth have those of the fifth, the only one of the odd inputs (polyphaseTiles.ts). */
function weightsOf(place: i32, stride: i32): usize {
  const side = pixelsUnder(1, stride);
  return <usize>(6 * min(place / side, 5) + min(place % side, 5));
}

/** Images of a block. */
function blockOf(N: i32, C: i32, K: i32, tiles: i32, places: i32): i32 {
  return min(N, max(1, BLOCK / (places * tiles * (C + K))));
}

/** Bytes between the planes of an operand with this many floats in each. */
function planeStep(floats: i32): usize {
  return <usize>(floats + GAP) * FLOAT;
}

/** Floats of working memory of all three kernels. */
export function winogradScratch(N: i32, C: i32, K: i32, P: i32, Q: i32, stride: i32): i32 {
  const places = placesOf(stride);
  const tilesH = tilesAlong(P);
  const tilesW = tilesAlong(Q);
  const tiles = blockOf(N, C, K, tilesH * tilesW, places) * tilesH * tilesW;
  const operands = places * (tiles * (C + K) + 2 * GAP);
  const image = pixelsUnder(tilesH, stride) * pixelsUnder(tilesW, stride) * C;
  return WEIGHTS * (C * K + GAP) + max(operands, 9 * (C * K + GAP)) + image + P * Q * K;
}

// the tiles of the stride
function setFactors(stride: i32): void {
  if (stride === 1) strideOne.setFactors();
  else strideTwo.setFactors();
}

function transformWeights(stride: i32, u: usize, uStep: usize, taps: usize, rows: i32, columns: i32): void {
  if (stride === 1) strideOne.transformWeights(u, uStep, taps, rows, columns);
  else strideTwo.transformWeights(u, uStep, taps, rows, columns);
}

function transformImage(
  stride: i32,
  v: usize,
  vStep: usize,
  image: usize,
  row: usize,
  C: i32,
  tilesH: i32,
  tilesW: i32,
): usize {
  return stride === 1
    ? strideOne.transformImage(v, vStep, image, row, C, tilesH, tilesW)
    : strideTwo.transformImage(v, vStep, image, row, C, tilesH, tilesW);
}

function transformOutputGradient(
  stride: i32,
  w: usize,
  wStep: usize,
  dout: usize,
  P: i32,
  Q: i32,
  K: i32,
): usize {
  return stride === 1
    ? strideOne.transformOutputGradient(w, wStep, dout, P, Q, K)
    : strideTwo.transformOutputGradient(w, wStep, dout, P, Q, K);
}

/** Order of the sum of an output: over c in each of the products, then the lines of A^T, then the bias. */
export function winogradForward(
  N: i32,
  H: i32,
  W: i32,
  C: i32,
  P: i32,
  Q: i32,
  stride: i32,
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
  const tilesH = tilesAlong(P);
  const tilesW = tilesAlong(Q);
  const tiles = tilesH * tilesW;
  const places = placesOf(stride);
  const block = blockOf(N, C, K, tiles, places);
  const uStep = planeStep(C * K);
  const vStep = planeStep(block * tiles * C);
  const mStep = planeStep(block * tiles * K);
  const u = scratch;
  const v = u + <usize>WEIGHTS * uStep;
  const m = v + <usize>places * vStep;
  const image = max(m + <usize>places * mStep, v + 9 * planeStep(C * K));
  setFactors(stride);
  packTaps(v, weight, C, K, false);
  transformWeights(stride, u, uStep, v, C, K);

  const needH = pixelsUnder(tilesH, stride);
  const needW = pixelsUnder(tilesW, stride);
  const room = image + <usize>(needH * needW * C) * FLOAT;
  const border = needsBorder(H, W, needH, needW, padTop, padLeft);
  const pixel = <usize>C * FLOAT;
  const row = <usize>(border ? needW : W) * pixel;
  if (border) memory.fill(image, 0, <usize>(needH * needW) * pixel);
  const outStep = outputStep(P, Q, K, argmax);
  const argmaxStep: usize = argmax === 0 ? 0 : outStep;
  for (let n = 0; n < N; n += block) {
    const images = min(block, N - n);
    let at = v;
    for (let i = 0; i < images; i++) {
      if (border) copyInside(image, inp, H, W, C, needH, needW, padTop, padLeft);
      at = transformImage(stride, at, vStep, border ? image : inp, row, C, tilesH, tilesW);
      inp += <usize>(H * W) * pixel;
    }
    for (let xi = 0; xi < places; xi++) {
      const place = <usize>xi;
      rowsTimesPanels(
        images * tiles,
        C,
        K,
        m + place * mStep,
        v + place * vStep,
        u + weightsOf(xi, stride) * uStep,
      );
    }
    at = m;
    for (let i = 0; i < images; i++) {
      const to = argmax === 0 ? out : room;
      at =
        stride === 1
          ? strideOne.finishImage(to, at, mStep, bias, P, Q, K)
          : strideTwo.finishImage(to, at, mStep, bias, P, Q, K);
      if (argmax !== 0) poolPairs(P, Q, K, out, argmax, to);
      out += outStep;
      argmax += argmaxStep;
    }
  }
}

/** Order of the sum of an input: over k in each of the products, the lines of B, then the tiles that share it. */
export function winogradBackwardInput(
  N: i32,
  H: i32,
  W: i32,
  C: i32,
  P: i32,
  Q: i32,
  stride: i32,
  padTop: i32,
  padLeft: i32,
  K: i32,
  dinp: usize,
  dout: usize,
  weight: usize,
  scratch: usize,
  argmax: usize,
): void {
  const tilesH = tilesAlong(P);
  const tilesW = tilesAlong(Q);
  const tiles = tilesH * tilesW;
  const places = placesOf(stride);
  const block = blockOf(N, C, K, tiles, places);
  const uStep = planeStep(C * K);
  const vStep = planeStep(block * tiles * C);
  const wStep = planeStep(block * tiles * K);
  const u = scratch;
  const v = u + <usize>WEIGHTS * uStep;
  const w = v + <usize>places * vStep;
  const image = max(w + <usize>places * wStep, v + 9 * planeStep(C * K));
  setFactors(stride);
  packTaps(v, weight, C, K, true);
  transformWeights(stride, u, uStep, v, K, C);

  const needH = pixelsUnder(tilesH, stride);
  const needW = pixelsUnder(tilesW, stride);
  const room = image + <usize>(needH * needW * C) * FLOAT;
  const pixel = <usize>C * FLOAT;
  const doutStep = outputStep(P, Q, K, argmax);
  const argmaxStep: usize = argmax === 0 ? 0 : doutStep;
  for (let n = 0; n < N; n += block) {
    const images = min(block, N - n);
    let at = w;
    for (let i = 0; i < images; i++) {
      const gradient = unpooled(P, Q, K, room, dout, argmax);
      at = transformOutputGradient(stride, at, wStep, gradient, P, Q, K);
      dout += doutStep;
      argmax += argmaxStep;
    }
    for (let xi = 0; xi < places; xi++) {
      const place = <usize>xi;
      rowsTimesPanels(
        images * tiles,
        K,
        C,
        v + place * vStep,
        w + place * wStep,
        u + weightsOf(xi, stride) * uStep,
      );
    }
    at = v;
    for (let i = 0; i < images; i++) {
      memory.fill(image, 0, <usize>(needH * needW) * pixel);
      at =
        stride === 1
          ? strideOne.addToImage(image, at, vStep, <usize>needW * pixel, C, tilesH, tilesW)
          : strideTwo.addToImage(image, at, vStep, <usize>needW * pixel, C, tilesH, tilesW);
      copyWithoutBorder(dinp, image, H, W, C, needH, needW, padTop, padLeft);
      dinp += <usize>(H * W) * pixel;
    }
  }
}

/** Order of the sum of a weight: over the tiles of a block of images, then the places with the same weights, then the blocks, then
 * the lines of G^T; of a bias: within an image over p, q; then the images. */
export function winogradBackwardWeight(
  N: i32,
  H: i32,
  W: i32,
  C: i32,
  P: i32,
  Q: i32,
  stride: i32,
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
  const tilesH = tilesAlong(P);
  const tilesW = tilesAlong(Q);
  const tiles = tilesH * tilesW;
  const places = placesOf(stride);
  const block = blockOf(N, C, K, tiles, places);
  const uStep = planeStep(C * K);
  const vStep = planeStep(block * tiles * C);
  const wStep = planeStep(block * tiles * K);
  const u = scratch;
  const v = u + <usize>WEIGHTS * uStep;
  const w = v + <usize>places * vStep;
  const image = max(w + <usize>places * wStep, v + 9 * planeStep(C * K));
  setFactors(stride);
  memory.fill(u, 0, <usize>WEIGHTS * uStep);
  if (dbias !== 0) memory.fill(dbias, 0, <usize>K * FLOAT);

  const needH = pixelsUnder(tilesH, stride);
  const needW = pixelsUnder(tilesW, stride);
  const room = image + <usize>(needH * needW * C) * FLOAT;
  const border = needsBorder(H, W, needH, needW, padTop, padLeft);
  const pixel = <usize>C * FLOAT;
  const row = <usize>(border ? needW : W) * pixel;
  if (border) memory.fill(image, 0, <usize>(needH * needW) * pixel);
  const doutStep = outputStep(P, Q, K, argmax);
  const argmaxStep: usize = argmax === 0 ? 0 : doutStep;
  for (let n = 0; n < N; n += block) {
    const images = min(block, N - n);
    let atV = v;
    let atW = w;
    for (let i = 0; i < images; i++) {
      if (border) copyInside(image, inp, H, W, C, needH, needW, padTop, padLeft);
      atV = transformImage(stride, atV, vStep, border ? image : inp, row, C, tilesH, tilesW);
      const gradient = unpooled(P, Q, K, room, dout, argmax);
      atW = transformOutputGradient(stride, atW, wStep, gradient, P, Q, K);
      if (dbias !== 0) addPixels(dbias, gradient, P * Q, K);
      inp += <usize>(H * W) * pixel;
      dout += doutStep;
      argmax += argmaxStep;
    }
    for (let xi = 0; xi < places; xi++) {
      const place = <usize>xi;
      addColumnsTimesRows(
        images * tiles,
        C,
        K,
        u + weightsOf(xi, stride) * uStep,
        v + place * vStep,
        w + place * wStep,
      );
    }
  }
  if (stride === 1) strideOne.transformWeightGradient(v, u, uStep, C, K);
  else strideTwo.transformWeightGradient(v, u, uStep, C, K);
  unpackTaps(dweight, v, C, K);
}

/** taps[tap][c][k] = weight[k][c][tap]; transposed: taps[tap][k][c]. */
function packTaps(taps: usize, weight: usize, C: i32, K: i32, transposed: bool): void {
  const plane = planeStep(C * K);
  for (let k = 0; k < K; k++) {
    for (let c = 0; c < C; c++) {
      let to = taps + <usize>(transposed ? k * C + c : c * K + k) * FLOAT;
      for (let tap = 0; tap < 9; tap++) {
        store<f32>(to, load<f32>(weight));
        to += plane;
        weight += FLOAT;
      }
    }
  }
}

/** dweight[k][c][tap] = taps[tap][c][k]. */
function unpackTaps(dweight: usize, taps: usize, C: i32, K: i32): void {
  const plane = planeStep(C * K);
  for (let k = 0; k < K; k++) {
    for (let c = 0; c < C; c++) {
      let from = taps + <usize>(c * K + k) * FLOAT;
      for (let tap = 0; tap < 9; tap++) {
        store<f32>(dweight, load<f32>(from));
        from += plane;
        dweight += FLOAT;
      }
    }
  }
}

/** sums[k] += sum over the pixels of dout[pixel][k]. */
function addPixels(sums: usize, dout: usize, pixels: i32, K: i32): void {
  for (let k = 0; k < K; k += 16) {
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    let from = dout + <usize>k * FLOAT;
    for (let i = 0; i < pixels; i++) {
      s0 = f32x4.add(s0, v128.load(from));
      s1 = f32x4.add(s1, v128.load(from, 16));
      s2 = f32x4.add(s2, v128.load(from, 32));
      s3 = f32x4.add(s3, v128.load(from, 48));
      from += <usize>K * FLOAT;
    }
    const to = sums + <usize>k * FLOAT;
    v128.store(to, f32x4.add(v128.load(to), s0));
    v128.store(to, f32x4.add(v128.load(to, 16), s1), 16);
    v128.store(to, f32x4.add(v128.load(to, 32), s2), 32);
    v128.store(to, f32x4.add(v128.load(to, 48), s3), 48);
  }
}
