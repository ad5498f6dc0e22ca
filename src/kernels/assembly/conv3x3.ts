/**
 * 3x3 windows over one channel, stride 1: the first layer on grey images. A sum of nine terms is too short for the
 * tiles, which would spend their time on loading and storing sums. Here four output channels' nine weights (or nine
 * sums) stay in registers along a row of pixels, and two neighbouring pixels share six of the nine inputs under their
 * windows. Sums are formed in the same order as in conv2d.ts: the bits agree.
 */
import { FLOAT, multiplyAdd } from './simd';
import { PANEL, PANEL_BYTES } from './tiles';

/** Rows of output gradients that are read from the cache for every four channels. */
const ROWS: i32 = 4;

/** Whether this file can do it. */
export function fits3x3(C: i32, K: i32, R: i32, S: i32, Q: i32, strideH: i32, strideW: i32): bool {
  return C === 1 && K % 4 === 0 && R === 3 && S === 3 && Q > 1 && strideH === 1 && strideW === 1;
}

/**
 * One image; `panels` as packForward in conv2d.ts makes them. The unfinished sum is stored after each row of the window:
 * loads are not moved over a store, and without it the compiler forms the two sums one after the other, which takes
 * more registers than there are.
 */
export function forward3x3(
  P: i32,
  Q: i32,
  K: i32,
  out: usize,
  inp: usize,
  rowBytes: usize,
  panels: usize,
  bias: usize,
): void {
  const pixel = <usize>K * FLOAT;
  for (let p = 0; p < P; p++) {
    for (let k = 0; k < K; k += 4) {
      const w = panels + <usize>((k / PANEL) * 9 * PANEL + (k % PANEL)) * FLOAT;
      const b = v128.load(bias + <usize>k * FLOAT);
      const w0 = v128.load(w);
      const w1 = v128.load(w, PANEL_BYTES);
      const w2 = v128.load(w, 2 * PANEL_BYTES);
      const w3 = v128.load(w, 3 * PANEL_BYTES);
      const w4 = v128.load(w, 4 * PANEL_BYTES);
      const w5 = v128.load(w, 5 * PANEL_BYTES);
      const w6 = v128.load(w, 6 * PANEL_BYTES);
      const w7 = v128.load(w, 7 * PANEL_BYTES);
      const w8 = v128.load(w, 8 * PANEL_BYTES);
      const last = inp + <usize>(Q - 1) * FLOAT;
      let to = out + <usize>k * FLOAT;
      let x = inp;
      while (true) {
        const y = x + rowBytes;
        const z = y + rowBytes;
        let s0 = b;
        let s1 = b;
        let u1: v128;
        let u2: v128;
        u1 = v128.load32_splat(x, 4);
        u2 = v128.load32_splat(x, 8);
        s0 = multiplyAdd(multiplyAdd(multiplyAdd(s0, v128.load32_splat(x), w0), u1, w1), u2, w2);
        s1 = multiplyAdd(multiplyAdd(multiplyAdd(s1, u1, w0), u2, w1), v128.load32_splat(x, 12), w2);
        v128.store(to, s0);
        u1 = v128.load32_splat(y, 4);
        u2 = v128.load32_splat(y, 8);
        s0 = multiplyAdd(multiplyAdd(multiplyAdd(s0, v128.load32_splat(y), w3), u1, w4), u2, w5);
        s1 = multiplyAdd(multiplyAdd(multiplyAdd(s1, u1, w3), u2, w4), v128.load32_splat(y, 12), w5);
        v128.store(to, s0);
        u1 = v128.load32_splat(z, 4);
        u2 = v128.load32_splat(z, 8);
        s0 = multiplyAdd(multiplyAdd(multiplyAdd(s0, v128.load32_splat(z), w6), u1, w7), u2, w8);
        s1 = multiplyAdd(multiplyAdd(multiplyAdd(s1, u1, w6), u2, w7), v128.load32_splat(z, 12), w8);
        v128.store(to, s0);
        v128.store(to + pixel, s1);
        x += 2 * FLOAT;
        to += 2 * pixel;
        if (x < last) continue;
        if (x > last) break;
        // the last pixel of an odd row: together with the one before it, which is done twice
        x -= FLOAT;
        to -= pixel;
      }
    }
    inp += rowBytes;
    out += <usize>Q * pixel;
  }
}

/** One image: adds its sums, ten rows of paddedK (nine weights, the bias), to `total`; `sums` is room for them. */
export function backwardWeight3x3(
  P: i32,
  Q: i32,
  K: i32,
  paddedK: i32,
  total: usize,
  sums: usize,
  dout: usize,
  inp: usize,
  rowBytes: usize,
): void {
  const length = 10 * paddedK;
  memory.fill(sums, 0, <usize>length * FLOAT);
  for (let p = 0; p < P; p += ROWS) {
    const rows = min(ROWS, P - p);
    for (let k = 0; k < K; k += 4) {
      addRows(
        rows,
        Q,
        sums + <usize>k * FLOAT,
        <usize>paddedK * FLOAT,
        dout + <usize>(p * Q * K + k) * FLOAT,
        <usize>K * FLOAT,
        inp + <usize>p * rowBytes,
        rowBytes,
      );
    }
  }
  for (let i = 0; i < length; i += 4) {
    const at = <usize>i * FLOAT;
    v128.store(total + at, f32x4.add(v128.load(total + at), v128.load(sums + at)));
  }
}

/** Adds rows of pixels to ten sums of four channels. */
function addRows(
  rows: i32,
  Q: i32,
  sums: usize,
  sumStep: usize,
  dout: usize,
  doutStep: usize,
  inp: usize,
  rowBytes: usize,
): void {
  let s0 = v128.load(sums);
  let s1 = v128.load(sums + sumStep);
  let s2 = v128.load(sums + 2 * sumStep);
  let s3 = v128.load(sums + 3 * sumStep);
  let s4 = v128.load(sums + 4 * sumStep);
  let s5 = v128.load(sums + 5 * sumStep);
  let s6 = v128.load(sums + 6 * sumStep);
  let s7 = v128.load(sums + 7 * sumStep);
  let s8 = v128.load(sums + 8 * sumStep);
  let s9 = v128.load(sums + 9 * sumStep);
  for (let row = 0; row < rows; row++) {
    let x = inp;
    let q = 0;
    for (; q + 2 <= Q; q += 2) {
      const d0 = v128.load(dout);
      const d1 = v128.load(dout + doutStep);
      const y = x + rowBytes;
      const z = y + rowBytes;
      let u: v128;
      s0 = multiplyAdd(s0, v128.load32_splat(x), d0);
      u = v128.load32_splat(x, 4);
      s0 = multiplyAdd(s0, u, d1);
      s1 = multiplyAdd(s1, u, d0);
      u = v128.load32_splat(x, 8);
      s1 = multiplyAdd(s1, u, d1);
      s2 = multiplyAdd(s2, u, d0);
      s2 = multiplyAdd(s2, v128.load32_splat(x, 12), d1);
      s3 = multiplyAdd(s3, v128.load32_splat(y), d0);
      u = v128.load32_splat(y, 4);
      s3 = multiplyAdd(s3, u, d1);
      s4 = multiplyAdd(s4, u, d0);
      u = v128.load32_splat(y, 8);
      s4 = multiplyAdd(s4, u, d1);
      s5 = multiplyAdd(s5, u, d0);
      s5 = multiplyAdd(s5, v128.load32_splat(y, 12), d1);
      s6 = multiplyAdd(s6, v128.load32_splat(z), d0);
      u = v128.load32_splat(z, 4);
      s6 = multiplyAdd(s6, u, d1);
      s7 = multiplyAdd(s7, u, d0);
      u = v128.load32_splat(z, 8);
      s7 = multiplyAdd(s7, u, d1);
      s8 = multiplyAdd(s8, u, d0);
      s8 = multiplyAdd(s8, v128.load32_splat(z, 12), d1);
      s9 = f32x4.add(f32x4.add(s9, d0), d1);
      x += 2 * FLOAT;
      dout += 2 * doutStep;
    }
    for (; q < Q; q++) {
      const d = v128.load(dout);
      const y = x + rowBytes;
      const z = y + rowBytes;
      s0 = multiplyAdd(s0, v128.load32_splat(x), d);
      s1 = multiplyAdd(s1, v128.load32_splat(x, 4), d);
      s2 = multiplyAdd(s2, v128.load32_splat(x, 8), d);
      s3 = multiplyAdd(s3, v128.load32_splat(y), d);
      s4 = multiplyAdd(s4, v128.load32_splat(y, 4), d);
      s5 = multiplyAdd(s5, v128.load32_splat(y, 8), d);
      s6 = multiplyAdd(s6, v128.load32_splat(z), d);
      s7 = multiplyAdd(s7, v128.load32_splat(z, 4), d);
      s8 = multiplyAdd(s8, v128.load32_splat(z, 8), d);
      s9 = f32x4.add(s9, d);
      x += FLOAT;
      dout += doutStep;
    }
    inp += rowBytes;
  }
  v128.store(sums, s0);
  v128.store(sums + sumStep, s1);
  v128.store(sums + 2 * sumStep, s2);
  v128.store(sums + 3 * sumStep, s3);
  v128.store(sums + 4 * sumStep, s4);
  v128.store(sums + 5 * sumStep, s5);
  v128.store(sums + 6 * sumStep, s6);
  v128.store(sums + 7 * sumStep, s7);
  v128.store(sums + 8 * sumStep, s8);
  v128.store(sums + 9 * sumStep, s9);
}
