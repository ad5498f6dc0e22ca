/** Max and average pooling. Vectors run along the channels; windows are visited in row-major order. */
import { FLOAT, loadFirst, loadVector, storeFirst, storeVector, VECTOR } from './simd';

/**
 * A later value wins if it is larger, or if it is NaN (so of several NaNs the last, as in PyTorch).
 * `winner` holds h*W + w in each lane. With `rectify` (1) inputs that are not positive count as 0 and win nothing: where a window has
 * no positive input its winner is -1.
 */
export function maxPoolForward(
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
  out: usize,
  argmax: usize,
  inp: usize,
  rectify: i32,
): void {
  const pixel = <usize>C * FLOAT;
  for (let n = 0; n < N; n++) {
    for (let p = 0; p < P; p++) {
      const h = p * strideH - padTop;
      const h0 = max(h, 0);
      const h1 = min(h + R, H);
      for (let q = 0; q < Q; q++) {
        const w = q * strideW - padLeft;
        const w0 = max(w, 0);
        const w1 = min(w + S, W);
        const first = h0 * W + w0;
        const x = inp + <usize>first * pixel;
        if (h1 - h0 === 2 && w1 - w0 === 2) maxOfFour(first, W, C, out, argmax, x, rectify);
        else maxOfWindow(h1 - h0, w1 - w0, first, W, C, out, argmax, x, rectify);
        out += pixel;
        argmax += pixel;
      }
    }
    inp += <usize>(H * W) * pixel;
  }
}

/** The usual window, 2x2: without the loops over a window it takes half the time. */
function maxOfFour(first: i32, W: i32, C: i32, out: usize, argmax: usize, inp: usize, rectify: i32): void {
  const pixel = <usize>C * FLOAT;
  const below = inp + <usize>W * pixel;
  const index0 = i32x4.splat(first);
  const index2 = i32x4.splat(first + W);
  const whole = <usize>(C & ~3) * FLOAT;
  let at: usize = 0;
  for (; at < whole; at += VECTOR) {
    maxOfFourVectors<v128>(4, pixel, out + at, argmax + at, inp + at, below + at, index0, index2, rectify);
  }
  if (at < pixel)
    maxOfFourVectors<f32>(C & 3, pixel, out + at, argmax + at, inp + at, below + at, index0, index2, rectify);
}

/**
 * The winners of both rows, then of these. Wins are -1, so subtracting them from the index of the left pixel gives the
 * winner's; that later values win in the same cases as one after the other follows from NaN winning over every number.
 */
function maxOfFourVectors<T>(
  lanes: i32,
  pixel: usize,
  out: usize,
  argmax: usize,
  above: usize,
  below: usize,
  index0: v128,
  index2: v128,
  rectify: i32,
): void {
  const a = loadVector<T>(above, lanes);
  const b = loadVector<T>(above + pixel, lanes);
  const aboveWins = winsOver(b, a);
  const best = v128.bitselect(b, a, aboveWins);
  const c = loadVector<T>(below, lanes);
  const d = loadVector<T>(below + pixel, lanes);
  const belowWins = winsOver(d, c);
  const later = v128.bitselect(d, c, belowWins);
  const wins = winsOver(later, best);
  let largest = v128.bitselect(later, best, wins);
  let winner = v128.bitselect(i32x4.sub(index2, belowWins), i32x4.sub(index0, aboveWins), wins);
  if (rectify !== 0) {
    winner = unlessPositive(winner, largest);
    largest = rectified(largest);
  }
  storeVector<T>(out, largest, lanes);
  storeVector<T>(argmax, winner, lanes);
}

/** Where the later of two values wins: where it is larger or NaN. */
function winsOver(later: v128, earlier: v128): v128 {
  return v128.or(f32x4.gt(later, earlier), f32x4.ne(later, later));
}

/** -1 where the value is not positive. */
function unlessPositive(winner: v128, value: v128): v128 {
  return v128.or(winner, v128.not(f32x4.gt(value, f32x4.splat(0))));
}

/** As reluForward: NaN stays NaN, -0 becomes 0. */
function rectified(value: v128): v128 {
  const zero = f32x4.splat(0);
  return f32x4.add(f32x4.pmax(value, zero), zero);
}

/** One window of `rows` x `columns` pixels that starts at `inp`, whose first pixel has the index `first`. */
function maxOfWindow(
  rows: i32,
  columns: i32,
  first: i32,
  W: i32,
  C: i32,
  out: usize,
  argmax: usize,
  inp: usize,
  rectify: i32,
): void {
  const pixel = <usize>C * FLOAT;
  const rowStep = <usize>(W - columns) * pixel;
  const start = i32x4.splat(first);
  const one = i32x4.splat(1);
  const indexStep = i32x4.splat(W - columns);
  for (let c = 0; c < C; c += 4) {
    const lanes = C - c;
    let best = f32x4.splat(-Infinity);
    let winner = start;
    let index = start;
    let x = inp;
    for (let r = 0; r < rows; r++) {
      for (let s = 0; s < columns; s++) {
        const v = loadFirst(x, lanes);
        const wins = winsOver(v, best);
        best = v128.bitselect(v, best, wins);
        winner = v128.bitselect(index, winner, wins);
        index = i32x4.add(index, one);
        x += pixel;
      }
      index = i32x4.add(index, indexStep);
      x += rowStep;
    }
    if (rectify !== 0) {
      winner = unlessPositive(winner, best);
      best = rectified(best);
    }
    storeFirst(out, best, lanes);
    storeFirst(argmax, winner, lanes);
    inp += VECTOR;
    out += VECTOR;
    argmax += VECTOR;
  }
}

/** Gradients are added window by window; where 2x2 windows lie side by side every input is written once instead. */
export function maxPoolBackward(
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
  dinp: usize,
  dout: usize,
  argmax: usize,
): void {
  const pixel = <usize>C * FLOAT;
  const image = <usize>(H * W) * pixel;
  const fours =
    R === 2 &&
    S === 2 &&
    strideH === 2 &&
    strideW === 2 &&
    padTop === 0 &&
    padLeft === 0 &&
    2 * P <= H &&
    2 * Q <= W;
  const covered = fours && 2 * P === H && 2 * Q === W;
  for (let n = 0; n < N; n++) {
    if (!covered) memory.fill(dinp, 0, image);
    for (let p = 0; p < P; p++) {
      for (let q = 0; q < Q; q++) {
        const first = 2 * (p * W + q);
        if (fours) selectOfFour(first, W, C, dinp + <usize>first * pixel, dout, argmax);
        else addToWinners(C, dinp, dout, argmax);
        dout += pixel;
        argmax += pixel;
      }
    }
    dinp += image;
  }
}

/** dinp[winner] += dout, channel by channel, where there is a winner; `dinp` is the image. */
function addToWinners(C: i32, dinp: usize, dout: usize, argmax: usize): void {
  for (let c = 0; c < C; c++) {
    const at = <usize>c * FLOAT;
    const winner = load<i32>(argmax + at);
    if (winner < 0) continue;
    const address = dinp + <usize>(winner * C + c) * FLOAT;
    store<f32>(address, load<f32>(address) + load<f32>(dout + at));
  }
}

/** dinp = dout where the pixel is the winner, else 0; `dinp` is the window's first pixel, of index `first`. */
function selectOfFour(first: i32, W: i32, C: i32, dinp: usize, dout: usize, argmax: usize): void {
  const pixel = <usize>C * FLOAT;
  const below = dinp + <usize>W * pixel;
  const whole = <usize>(C & ~3) * FLOAT;
  let at: usize = 0;
  for (; at < whole; at += VECTOR) {
    selectVectors<v128>(4, pixel, dinp + at, below + at, dout + at, argmax + at, first, W);
  }
  if (at < pixel) selectVectors<f32>(C & 3, pixel, dinp + at, below + at, dout + at, argmax + at, first, W);
}

function selectVectors<T>(
  lanes: i32,
  pixel: usize,
  above: usize,
  below: usize,
  dout: usize,
  argmax: usize,
  first: i32,
  W: i32,
): void {
  const gradient = loadVector<T>(dout, lanes);
  const winner = loadVector<T>(argmax, lanes);
  const second = first + W;
  storeVector<T>(above, v128.and(gradient, i32x4.eq(winner, i32x4.splat(first))), lanes);
  storeVector<T>(above + pixel, v128.and(gradient, i32x4.eq(winner, i32x4.splat(first + 1))), lanes);
  storeVector<T>(below, v128.and(gradient, i32x4.eq(winner, i32x4.splat(second))), lanes);
  storeVector<T>(below + pixel, v128.and(gradient, i32x4.eq(winner, i32x4.splat(second + 1))), lanes);
}

/** Order of a window's sum: along each row, then the rows' sums. */
export function avgPoolForward(
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
  countPadding: i32,
  out: usize,
  inp: usize,
): void {
  for (let n = 0; n < N; n++) {
    for (let p = 0; p < P; p++) {
      const h = p * strideH - padTop;
      const h0 = max(h, 0);
      const h1 = min(h + R, H);
      for (let q = 0; q < Q; q++) {
        const w = q * strideW - padLeft;
        const w0 = max(w, 0);
        const w1 = min(w + S, W);
        const divisor = f32x4.splat(<f32>(countPadding !== 0 ? R * S : (h1 - h0) * (w1 - w0)));
        for (let c = 0; c < C; c += 4) {
          const lanes = C - c;
          const sum = sumOfWindow(h0, h1, w0, w1, W, C, lanes, inp + <usize>c * FLOAT);
          storeFirst(out + <usize>c * FLOAT, f32x4.div(sum, divisor), lanes);
        }
        out += <usize>C * FLOAT;
      }
    }
    inp += <usize>(H * W * C) * FLOAT;
  }
}

function sumOfWindow(h0: i32, h1: i32, w0: i32, w1: i32, W: i32, C: i32, lanes: i32, inp: usize): v128 {
  let sum = f32x4.splat(0);
  for (let h = h0; h < h1; h++) {
    let row = f32x4.splat(0);
    for (let w = w0; w < w1; w++) {
      row = f32x4.add(row, loadFirst(inp + <usize>((h * W + w) * C) * FLOAT, lanes));
    }
    sum = f32x4.add(sum, row);
  }
  return sum;
}

export function avgPoolBackward(
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
  countPadding: i32,
  dinp: usize,
  dout: usize,
): void {
  const image = <usize>(H * W * C) * FLOAT;
  for (let n = 0; n < N; n++) {
    memory.fill(dinp, 0, image);
    for (let p = 0; p < P; p++) {
      const h = p * strideH - padTop;
      const h0 = max(h, 0);
      const h1 = min(h + R, H);
      for (let q = 0; q < Q; q++) {
        const w = q * strideW - padLeft;
        const w0 = max(w, 0);
        const w1 = min(w + S, W);
        const divisor = f32x4.splat(<f32>(countPadding !== 0 ? R * S : (h1 - h0) * (w1 - w0)));
        for (let c = 0; c < C; c += 4) {
          const lanes = C - c;
          const share = f32x4.div(loadFirst(dout + <usize>c * FLOAT, lanes), divisor);
          addToWindow(h0, h1, w0, w1, W, C, lanes, dinp + <usize>c * FLOAT, share);
        }
        dout += <usize>C * FLOAT;
      }
    }
    dinp += image;
  }
}

function addToWindow(
  h0: i32,
  h1: i32,
  w0: i32,
  w1: i32,
  W: i32,
  C: i32,
  lanes: i32,
  dinp: usize,
  share: v128,
): void {
  for (let h = h0; h < h1; h++) {
    for (let w = w0; w < w1; w++) {
      const address = dinp + <usize>((h * W + w) * C) * FLOAT;
      storeFirst(address, f32x4.add(loadFirst(address, lanes), share), lanes);
    }
  }
}

/**
 * Bytes from the output of one image of a convolution to that of the next. With `argmax`, here and below, a ReLU and 2x2 windows side by
 * side follow the convolution, and its output is theirs; P and Q are the sizes in front of the windows.
 */
export function outputStep(P: i32, Q: i32, K: i32, argmax: usize): usize {
  return <usize>(argmax === 0 ? P * Q * K : (P >> 1) * (Q >> 1) * K) * FLOAT;
}

/** One image under the ReLU and the windows. */
export function poolPairs(P: i32, Q: i32, K: i32, out: usize, argmax: usize, inp: usize): void {
  maxPoolForward(1, P, Q, K, 2, 2, P >> 1, Q >> 1, 2, 2, 0, 0, out, argmax, inp, 1);
}

/** Where the gradient of one image in front of the windows stands: at `dout` without `argmax`, else it is written to `room`. */
export function unpooled(P: i32, Q: i32, K: i32, room: usize, dout: usize, argmax: usize): usize {
  if (argmax === 0) return dout;
  maxPoolBackward(1, P, Q, K, 2, 2, P >> 1, Q >> 1, 2, 2, 0, 0, room, dout, argmax);
  return room;
}
