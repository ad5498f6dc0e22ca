/**
 * 3x3 convolutions with stride 1 by F(4x4, 3x3): 36 multiplications for 4x4 outputs of a channel pair instead of 144.
 *
 *   V = B^T d B for every tile d of 6x6 inputs, U = G g G^T for every window g of weights
 *   M = the 36 products V_xi U_xi over the channels, xi a place in the tile; out = A^T M A + bias
 *
 * The gradients are those of these steps, with W = A dout A^T:
 *   dinp: dV_xi = W_xi U_xi^T, and every tile adds B dV B^T to the pixels that it came from
 *   dweight: dU_xi = V_xi^T W_xi, dg = G^T dU G
 *
 * Images are taken in blocks whose V and M (or W) fit the second-level cache. Tiles hang over the last rows and columns of
 * an image by zeros. Sizes as in conv2d.ts; C and K are multiples of 16.
 */
import { copyWithBorder, copyWithoutBorder, needsBorder } from './border';
import { poolPairs, unpoolPairs } from './pool';
import { addColumnsTimesRows, rowsTimesPanels } from './products';
import { FLOAT, VECTOR, WINOGRAD_TILE } from './simd';
import { PANEL } from './tiles';
import { Line, setFactors } from './winogradLines';

/** Elements of a transformed tile. */
const PLACES: i32 = 36;
/** Two tiles for one group of four channels: between the two axes, and outside the packed operands. */
const HALF: usize = WINOGRAD_TILE;
const WHOLE: usize = WINOGRAD_TILE + 36 * VECTOR;
/** Floats of V and M of one block. */
const BLOCK: i32 = 131072;
/** Between the planes of a packed operand, so that the same place of all planes does not fall into one set of the cache. */
const GAP: i32 = 16;

function tilesAlong(pixels: i32): i32 {
  return (pixels + 3) / 4;
}

/** Images of a block. */
function blockOf(N: i32, C: i32, K: i32, tiles: i32): i32 {
  return min(N, max(1, BLOCK / (PLACES * tiles * (C + K))));
}

/** Bytes between the planes of an operand with this many floats in each. */
function planeStep(floats: i32): usize {
  return <usize>(floats + GAP) * FLOAT;
}

/** Floats of working memory of all three kernels. */
export function winogradScratch(N: i32, C: i32, K: i32, P: i32, Q: i32): i32 {
  const tilesH = tilesAlong(P);
  const tilesW = tilesAlong(Q);
  const tiles = blockOf(N, C, K, tilesH * tilesW) * tilesH * tilesW;
  const operands = PLACES * (tiles * (C + K) + 2 * GAP);
  const image = (4 * tilesH + 2) * (4 * tilesW + 2) * C;
  return PLACES * (C * K + GAP) + max(operands, 9 * (C * K + GAP)) + image + P * Q * K;
}

/** Order of the sum of an output: over c in each of the 36 products, then the lines of A^T, then the bias. */
export function winogradForward(
  N: i32,
  H: i32,
  W: i32,
  C: i32,
  P: i32,
  Q: i32,
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
  const block = blockOf(N, C, K, tiles);
  const uStep = planeStep(C * K);
  const vStep = planeStep(block * tiles * C);
  const mStep = planeStep(block * tiles * K);
  const u = scratch;
  const v = u + <usize>PLACES * uStep;
  const m = v + <usize>PLACES * vStep;
  const image = max(m + <usize>PLACES * mStep, v + 9 * planeStep(C * K));
  setFactors();
  packTaps(v, weight, C, K, false);
  transformWeights(u, uStep, v, C, K);

  const needH = 4 * tilesH + 2;
  const needW = 4 * tilesW + 2;
  const pooled = image + <usize>(needH * needW * C) * FLOAT;
  const border = needsBorder(H, W, needH, needW, padTop, padLeft);
  const pixel = <usize>C * FLOAT;
  const row = <usize>(border ? needW : W) * pixel;
  for (let n = 0; n < N; n += block) {
    const images = min(block, N - n);
    let at = v;
    for (let i = 0; i < images; i++) {
      if (border) copyWithBorder(image, inp, H, W, C, needH, needW, padTop, padLeft);
      at = transformImage(at, vStep, border ? image : inp, row, C, tilesH, tilesW);
      inp += <usize>(H * W) * pixel;
    }
    for (let xi = 0; xi < PLACES; xi++) {
      const place = <usize>xi;
      rowsTimesPanels(images * tiles, C, K, m + place * mStep, v + place * vStep, u + place * uStep);
    }
    at = m;
    for (let i = 0; i < images; i++) {
      at = finishImage(argmax === 0 ? out : pooled, at, mStep, bias, P, Q, K);
      if (argmax === 0) {
        out += <usize>(P * Q * K) * FLOAT;
      } else {
        const bytes = poolPairs(P, Q, K, out, argmax, pooled);
        out += bytes;
        argmax += bytes;
      }
    }
  }
}

/** Order of the sum of an input: over k in each of the 36 products, the lines of B, then the tiles that share it. */
export function winogradBackwardInput(
  N: i32,
  H: i32,
  W: i32,
  C: i32,
  P: i32,
  Q: i32,
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
  const block = blockOf(N, C, K, tiles);
  const uStep = planeStep(C * K);
  const vStep = planeStep(block * tiles * C);
  const wStep = planeStep(block * tiles * K);
  const u = scratch;
  const v = u + <usize>PLACES * uStep;
  const w = v + <usize>PLACES * vStep;
  const image = max(w + <usize>PLACES * wStep, v + 9 * planeStep(C * K));
  setFactors();
  packTaps(v, weight, C, K, true);
  transformWeights(u, uStep, v, K, C);

  const needH = 4 * tilesH + 2;
  const needW = 4 * tilesW + 2;
  const pooled = image + <usize>(needH * needW * C) * FLOAT;
  const pixel = <usize>C * FLOAT;
  for (let n = 0; n < N; n += block) {
    const images = min(block, N - n);
    let at = w;
    for (let i = 0; i < images; i++) {
      if (argmax === 0) {
        at = transformOutputGradient(at, wStep, dout, P, Q, K);
        dout += <usize>(P * Q * K) * FLOAT;
      } else {
        const bytes = unpoolPairs(P, Q, K, pooled, dout, argmax);
        at = transformOutputGradient(at, wStep, pooled, P, Q, K);
        dout += bytes;
        argmax += bytes;
      }
    }
    for (let xi = 0; xi < PLACES; xi++) {
      const place = <usize>xi;
      rowsTimesPanels(images * tiles, K, C, v + place * vStep, w + place * wStep, u + place * uStep);
    }
    at = v;
    for (let i = 0; i < images; i++) {
      memory.fill(image, 0, <usize>(needH * needW) * pixel);
      at = addToImage(image, at, vStep, <usize>needW * pixel, C, tilesH, tilesW);
      copyWithoutBorder(dinp, image, H, W, C, needH, needW, padTop, padLeft);
      dinp += <usize>(H * W) * pixel;
    }
  }
}

/** Order of the sum of a weight: over the tiles of a block of images, then the blocks, then the lines of G^T; of a bias:
 * within an image over p, q; then the images. */
export function winogradBackwardWeight(
  N: i32,
  H: i32,
  W: i32,
  C: i32,
  P: i32,
  Q: i32,
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
  const block = blockOf(N, C, K, tiles);
  const uStep = planeStep(C * K);
  const vStep = planeStep(block * tiles * C);
  const wStep = planeStep(block * tiles * K);
  const u = scratch;
  const v = u + <usize>PLACES * uStep;
  const w = v + <usize>PLACES * vStep;
  const image = max(w + <usize>PLACES * wStep, v + 9 * planeStep(C * K));
  setFactors();
  memory.fill(u, 0, <usize>PLACES * uStep);
  if (dbias !== 0) memory.fill(dbias, 0, <usize>K * FLOAT);

  const needH = 4 * tilesH + 2;
  const needW = 4 * tilesW + 2;
  const pooled = image + <usize>(needH * needW * C) * FLOAT;
  const border = needsBorder(H, W, needH, needW, padTop, padLeft);
  const pixel = <usize>C * FLOAT;
  const row = <usize>(border ? needW : W) * pixel;
  for (let n = 0; n < N; n += block) {
    const images = min(block, N - n);
    let atV = v;
    let atW = w;
    for (let i = 0; i < images; i++) {
      if (border) copyWithBorder(image, inp, H, W, C, needH, needW, padTop, padLeft);
      atV = transformImage(atV, vStep, border ? image : inp, row, C, tilesH, tilesW);
      let gradient = dout;
      if (argmax === 0) {
        dout += <usize>(P * Q * K) * FLOAT;
      } else {
        gradient = pooled;
        const bytes = unpoolPairs(P, Q, K, gradient, dout, argmax);
        dout += bytes;
        argmax += bytes;
      }
      atW = transformOutputGradient(atW, wStep, gradient, P, Q, K);
      if (dbias !== 0) addPixels(dbias, gradient, P * Q, K);
      inp += <usize>(H * W) * pixel;
    }
    for (let xi = 0; xi < PLACES; xi++) {
      const place = <usize>xi;
      addColumnsTimesRows(images * tiles, C, K, u + place * uStep, v + place * vStep, w + place * wStep);
    }
  }
  transformWeightGradient(v, u, uStep, C, K);
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

/** U = G g G^T: u[xi] gets the panels [j / 16][i][j % 16] of taps[tap][i][j], for `rows` i and `columns` j. */
function transformWeights(u: usize, uStep: usize, taps: usize, rows: i32, columns: i32): void {
  const plane = planeStep(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j += 4) {
      const g = taps + <usize>(i * columns + j) * FLOAT;
      const to = u + <usize>((j / PANEL) * rows * PANEL + i * PANEL + (j % PANEL)) * FLOAT;
      for (let s = 0; s < 3; s++) {
        const place = <usize>s;
        Line.weight(g + place * plane, 3 * plane, HALF + place * VECTOR, 3 * VECTOR);
      }
      for (let r = 0; r < 6; r++) {
        const place = <usize>r;
        Line.weight(HALF + place * 3 * VECTOR, VECTOR, to + 6 * place * uStep, uStep);
      }
    }
  }
}

/** dg = G^T dU G: taps[tap][c][k] from u[xi][c][k]. */
function transformWeightGradient(taps: usize, u: usize, uStep: usize, C: i32, K: i32): void {
  const plane = planeStep(C * K);
  for (let i = 0; i < C * K; i += 4) {
    const from = u + <usize>i * FLOAT;
    const to = taps + <usize>i * FLOAT;
    for (let s = 0; s < 6; s++) {
      const place = <usize>s;
      Line.weightGradient(from + place * uStep, 6 * uStep, HALF + place * VECTOR, 6 * VECTOR);
    }
    for (let r = 0; r < 3; r++) {
      const place = <usize>r;
      Line.weightGradient(HALF + place * 6 * VECTOR, VECTOR, to + 3 * place * plane, plane);
    }
  }
}

/** V = B^T d B of all tiles of an image; returns where the next image's V begins. */
function transformImage(
  v: usize,
  vStep: usize,
  image: usize,
  row: usize,
  C: i32,
  tilesH: i32,
  tilesW: i32,
): usize {
  const pixel = <usize>C * FLOAT;
  for (let p = 0; p < tilesH; p++) {
    for (let q = 0; q < tilesW; q++) {
      let d = image + <usize>(4 * p) * row + <usize>(4 * q) * pixel;
      for (let c = 0; c < C; c += 4) {
        let column = d;
        Line.input(column, row, HALF + 0 * VECTOR, 6 * VECTOR);
        column += pixel;
        Line.input(column, row, HALF + 1 * VECTOR, 6 * VECTOR);
        column += pixel;
        Line.input(column, row, HALF + 2 * VECTOR, 6 * VECTOR);
        column += pixel;
        Line.input(column, row, HALF + 3 * VECTOR, 6 * VECTOR);
        column += pixel;
        Line.input(column, row, HALF + 4 * VECTOR, 6 * VECTOR);
        column += pixel;
        Line.input(column, row, HALF + 5 * VECTOR, 6 * VECTOR);
        let plane = v;
        Line.input(HALF + 0 * VECTOR, VECTOR, plane, vStep);
        plane += 6 * vStep;
        Line.input(HALF + 6 * VECTOR, VECTOR, plane, vStep);
        plane += 6 * vStep;
        Line.input(HALF + 12 * VECTOR, VECTOR, plane, vStep);
        plane += 6 * vStep;
        Line.input(HALF + 18 * VECTOR, VECTOR, plane, vStep);
        plane += 6 * vStep;
        Line.input(HALF + 24 * VECTOR, VECTOR, plane, vStep);
        plane += 6 * vStep;
        Line.input(HALF + 30 * VECTOR, VECTOR, plane, vStep);
        d += VECTOR;
        v += VECTOR;
      }
    }
  }
  return v;
}

/** out = A^T M A + bias of all tiles of an image; returns where the next image's M begins. */
function finishImage(out: usize, m: usize, mStep: usize, bias: usize, P: i32, Q: i32, K: i32): usize {
  const pixel = <usize>K * FLOAT;
  const row = <usize>Q * pixel;
  for (let p = 0; p < P; p += 4) {
    const rows = min(4, P - p);
    for (let q = 0; q < Q; q += 4) {
      const columns = min(4, Q - q);
      let to = out + <usize>p * row + <usize>q * pixel;
      for (let k = 0; k < K; k += 4) {
        let column = m;
        Line.output(column, 6 * mStep, HALF, 6 * VECTOR);
        column += mStep;
        Line.output(column, 6 * mStep, HALF + VECTOR, 6 * VECTOR);
        column += mStep;
        Line.output(column, 6 * mStep, HALF + 2 * VECTOR, 6 * VECTOR);
        column += mStep;
        Line.output(column, 6 * mStep, HALF + 3 * VECTOR, 6 * VECTOR);
        column += mStep;
        Line.output(column, 6 * mStep, HALF + 4 * VECTOR, 6 * VECTOR);
        column += mStep;
        Line.output(column, 6 * mStep, HALF + 5 * VECTOR, 6 * VECTOR);
        const b = bias === 0 ? f32x4.splat(0) : v128.load(bias + <usize>k * FLOAT);
        let line = to;
        let half = HALF;
        for (let r = 0; r < rows; r++) {
          Line.output(half, VECTOR, WHOLE, VECTOR);
          v128.store(line, f32x4.add(v128.load(WHOLE), b));
          if (columns > 1) v128.store(line + pixel, f32x4.add(v128.load(WHOLE + VECTOR), b));
          if (columns > 2) v128.store(line + 2 * pixel, f32x4.add(v128.load(WHOLE + 2 * VECTOR), b));
          if (columns > 3) v128.store(line + 3 * pixel, f32x4.add(v128.load(WHOLE + 3 * VECTOR), b));
          line += row;
          half += 6 * VECTOR;
        }
        m += VECTOR;
        to += VECTOR;
      }
    }
  }
  return m;
}

/** W = A dout A^T of all tiles of an image; returns where the next image's W begins. */
function transformOutputGradient(w: usize, wStep: usize, dout: usize, P: i32, Q: i32, K: i32): usize {
  const pixel = <usize>K * FLOAT;
  const row = <usize>Q * pixel;
  for (let p = 0; p < P; p += 4) {
    const rows = min(4, P - p);
    for (let q = 0; q < Q; q += 4) {
      const columns = min(4, Q - q);
      let from = dout + <usize>p * row + <usize>q * pixel;
      const whole = rows === 4 && columns === 4;
      if (!whole) memory.fill(WHOLE, 0, 16 * VECTOR);
      for (let k = 0; k < K; k += 4) {
        let column = from;
        let next = pixel;
        let step = row;
        if (!whole) {
          copyCorner(from, row, pixel, rows, columns);
          column = WHOLE;
          next = VECTOR;
          step = 4 * VECTOR;
        }
        Line.outputGradient(column, step, HALF, 4 * VECTOR);
        column += next;
        Line.outputGradient(column, step, HALF + VECTOR, 4 * VECTOR);
        column += next;
        Line.outputGradient(column, step, HALF + 2 * VECTOR, 4 * VECTOR);
        column += next;
        Line.outputGradient(column, step, HALF + 3 * VECTOR, 4 * VECTOR);
        let plane = w;
        Line.outputGradient(HALF, VECTOR, plane, wStep);
        plane += 6 * wStep;
        Line.outputGradient(HALF + 4 * VECTOR, VECTOR, plane, wStep);
        plane += 6 * wStep;
        Line.outputGradient(HALF + 8 * VECTOR, VECTOR, plane, wStep);
        plane += 6 * wStep;
        Line.outputGradient(HALF + 12 * VECTOR, VECTOR, plane, wStep);
        plane += 6 * wStep;
        Line.outputGradient(HALF + 16 * VECTOR, VECTOR, plane, wStep);
        plane += 6 * wStep;
        Line.outputGradient(HALF + 20 * VECTOR, VECTOR, plane, wStep);
        from += VECTOR;
        w += VECTOR;
      }
    }
  }
  return w;
}

/** The part of a tile that lies inside the output, into a tile of zeros. */
function copyCorner(from: usize, row: usize, pixel: usize, rows: i32, columns: i32): void {
  for (let r = 0; r < rows; r++) {
    for (let s = 0; s < columns; s++) {
      v128.store(WHOLE + <usize>(4 * r + s) * VECTOR, v128.load(from + <usize>r * row + <usize>s * pixel));
    }
  }
}

/** Adds B dV B^T of all tiles to an image; returns where the next image's dV begins. */
function addToImage(
  image: usize,
  v: usize,
  vStep: usize,
  row: usize,
  C: i32,
  tilesH: i32,
  tilesW: i32,
): usize {
  const pixel = <usize>C * FLOAT;
  for (let p = 0; p < tilesH; p++) {
    for (let q = 0; q < tilesW; q++) {
      let d = image + <usize>(4 * p) * row + <usize>(4 * q) * pixel;
      for (let c = 0; c < C; c += 4) {
        let column = v;
        Line.inputGradient(column, 6 * vStep, HALF + 0 * VECTOR, 6 * VECTOR);
        column += vStep;
        Line.inputGradient(column, 6 * vStep, HALF + 1 * VECTOR, 6 * VECTOR);
        column += vStep;
        Line.inputGradient(column, 6 * vStep, HALF + 2 * VECTOR, 6 * VECTOR);
        column += vStep;
        Line.inputGradient(column, 6 * vStep, HALF + 3 * VECTOR, 6 * VECTOR);
        column += vStep;
        Line.inputGradient(column, 6 * vStep, HALF + 4 * VECTOR, 6 * VECTOR);
        column += vStep;
        Line.inputGradient(column, 6 * vStep, HALF + 5 * VECTOR, 6 * VECTOR);
        let line = d;
        let half = HALF;
        for (let r = 0; r < 6; r++) {
          Line.inputGradient(half, VECTOR, WHOLE, VECTOR);
          let to = line;
          v128.store(to, f32x4.add(v128.load(to), v128.load(WHOLE)));
          to += pixel;
          v128.store(to, f32x4.add(v128.load(to), v128.load(WHOLE + 1 * VECTOR)));
          to += pixel;
          v128.store(to, f32x4.add(v128.load(to), v128.load(WHOLE + 2 * VECTOR)));
          to += pixel;
          v128.store(to, f32x4.add(v128.load(to), v128.load(WHOLE + 3 * VECTOR)));
          to += pixel;
          v128.store(to, f32x4.add(v128.load(to), v128.load(WHOLE + 4 * VECTOR)));
          to += pixel;
          v128.store(to, f32x4.add(v128.load(to), v128.load(WHOLE + 5 * VECTOR)));
          line += row;
          half += 6 * VECTOR;
        }
        d += VECTOR;
        v += VECTOR;
      }
    }
  }
  return v;
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
