/**
 * Products of small matrices whose operands lie packed in the cache: the arithmetic of winograd.ts. All sizes but the
 * number of rows are multiples of 16. Every element of a result is one chain of additions from 0. A register tile has two
 * rows of four vectors, as in tiles.ts.
 */
import { FLOAT, multiplyAdd } from './simd';
import { PANEL, PANEL_BYTES } from './tiles';

/**
 * out[t][k] = sum over c of a[t][c] * panels[k / 16][c][k % 16], for `rows` t, `inner` c and `columns` k. An odd last row
 * is done twice.
 */
export function rowsTimesPanels(
  rows: i32,
  inner: i32,
  columns: i32,
  out: usize,
  a: usize,
  panels: usize,
): void {
  const aRow = <usize>inner * FLOAT;
  const outRow = <usize>columns * FLOAT;
  const panelBytes = <usize>inner * PANEL_BYTES;
  for (let k = 0; k < columns; k += PANEL) {
    let a0 = a;
    let to0 = out + <usize>k * FLOAT;
    for (let t = 0; t < rows; t += 2) {
      const second = t + 1 < rows;
      const a1 = second ? a0 + aRow : a0;
      const to1 = second ? to0 + outRow : to0;
      let s00 = f32x4.splat(0);
      let s01 = f32x4.splat(0);
      let s02 = f32x4.splat(0);
      let s03 = f32x4.splat(0);
      let s10 = f32x4.splat(0);
      let s11 = f32x4.splat(0);
      let s12 = f32x4.splat(0);
      let s13 = f32x4.splat(0);
      let x0 = a0;
      let x1 = a1;
      let w = panels;
      const end = w + panelBytes;
      do {
        const w0 = v128.load(w);
        const w1 = v128.load(w, 16);
        const w2 = v128.load(w, 32);
        const w3 = v128.load(w, 48);
        const u0 = v128.load32_splat(x0);
        s00 = multiplyAdd(s00, u0, w0);
        s01 = multiplyAdd(s01, u0, w1);
        s02 = multiplyAdd(s02, u0, w2);
        s03 = multiplyAdd(s03, u0, w3);
        const u1 = v128.load32_splat(x1);
        s10 = multiplyAdd(s10, u1, w0);
        s11 = multiplyAdd(s11, u1, w1);
        s12 = multiplyAdd(s12, u1, w2);
        s13 = multiplyAdd(s13, u1, w3);
        x0 += FLOAT;
        x1 += FLOAT;
        w += PANEL_BYTES;
      } while (w < end);
      v128.store(to0, s00);
      v128.store(to0, s01, 16);
      v128.store(to0, s02, 32);
      v128.store(to0, s03, 48);
      v128.store(to1, s10);
      v128.store(to1, s11, 16);
      v128.store(to1, s12, 32);
      v128.store(to1, s13, 48);
      a0 += 2 * aRow;
      to0 += 2 * outRow;
    }
    panels += panelBytes;
  }
}

/** out[c][k] += sum over t of a[t][c] * b[t][k], for `rows` t, `inner` c and `columns` k. */
export function addColumnsTimesRows(
  rows: i32,
  inner: i32,
  columns: i32,
  out: usize,
  a: usize,
  b: usize,
): void {
  const aRow = <usize>inner * FLOAT;
  const bRow = <usize>columns * FLOAT;
  for (let k = 0; k < columns; k += PANEL) {
    let to0 = out + <usize>k * FLOAT;
    for (let c = 0; c < inner; c += 2) {
      let s00 = f32x4.splat(0);
      let s01 = f32x4.splat(0);
      let s02 = f32x4.splat(0);
      let s03 = f32x4.splat(0);
      let s10 = f32x4.splat(0);
      let s11 = f32x4.splat(0);
      let s12 = f32x4.splat(0);
      let s13 = f32x4.splat(0);
      let x = a + <usize>c * FLOAT;
      let w = b + <usize>k * FLOAT;
      const end = w + <usize>rows * bRow;
      do {
        const w0 = v128.load(w);
        const w1 = v128.load(w, 16);
        const w2 = v128.load(w, 32);
        const w3 = v128.load(w, 48);
        const u0 = v128.load32_splat(x);
        s00 = multiplyAdd(s00, u0, w0);
        s01 = multiplyAdd(s01, u0, w1);
        s02 = multiplyAdd(s02, u0, w2);
        s03 = multiplyAdd(s03, u0, w3);
        const u1 = v128.load32_splat(x, 4);
        s10 = multiplyAdd(s10, u1, w0);
        s11 = multiplyAdd(s11, u1, w1);
        s12 = multiplyAdd(s12, u1, w2);
        s13 = multiplyAdd(s13, u1, w3);
        x += aRow;
        w += bRow;
      } while (w < end);
      const to1 = to0 + bRow;
      v128.store(to0, f32x4.add(v128.load(to0), s00));
      v128.store(to0, f32x4.add(v128.load(to0, 16), s01), 16);
      v128.store(to0, f32x4.add(v128.load(to0, 32), s02), 32);
      v128.store(to0, f32x4.add(v128.load(to0, 48), s03), 48);
      v128.store(to1, f32x4.add(v128.load(to1), s10));
      v128.store(to1, f32x4.add(v128.load(to1, 16), s11), 16);
      v128.store(to1, f32x4.add(v128.load(to1, 32), s12), 32);
      v128.store(to1, f32x4.add(v128.load(to1, 48), s13), 48);
      to0 += 2 * bRow;
    }
  }
}
