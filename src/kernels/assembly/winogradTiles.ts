/**
 * The tiles of F(4x4, 3x3) at stride 1: 6x6 inputs, 4x4 outputs. Each is transformed by the lines of winogradLines.ts along its
 * columns, then along its rows, for four channels at a time. `v`, `m` and `w` are the first of 36 planes of rows of channels, a
 * row for each tile; a step leads from plane to plane.
 */
import { FLOAT, WINOGRAD_HALF as HALF, VECTOR, WINOGRAD_WHOLE as WHOLE } from './simd';
import { PANEL } from './tiles';
import { Line } from './winogradLines';

export { setFactors } from './winogradLines';

/** U = G g G^T: u[xi] gets the panels [j / 16][i][j % 16] of taps[tap][i][j], for `rows` i and `columns` j. */
export function transformWeights(u: usize, uStep: usize, taps: usize, rows: i32, columns: i32): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j += 4) {
      const g = taps + <usize>(i * columns + j) * FLOAT;
      const to = u + <usize>((j / PANEL) * rows * PANEL + i * PANEL + (j % PANEL)) * FLOAT;
      for (let s = 0; s < 3; s++) {
        const place = <usize>s;
        Line.weight(g + place * uStep, 3 * uStep, HALF + place * VECTOR, 3 * VECTOR);
      }
      for (let r = 0; r < 6; r++) {
        const place = <usize>r;
        Line.weight(HALF + place * 3 * VECTOR, VECTOR, to + 6 * place * uStep, uStep);
      }
    }
  }
}

/** dg = G^T dU G: taps[tap][c][k] from u[xi][c][k]. */
export function transformWeightGradient(taps: usize, u: usize, uStep: usize, C: i32, K: i32): void {
  for (let i = 0; i < C * K; i += 4) {
    const from = u + <usize>i * FLOAT;
    const to = taps + <usize>i * FLOAT;
    for (let s = 0; s < 6; s++) {
      const place = <usize>s;
      Line.weightGradient(from + place * uStep, 6 * uStep, HALF + place * VECTOR, 6 * VECTOR);
    }
    for (let r = 0; r < 3; r++) {
      const place = <usize>r;
      Line.weightGradient(HALF + place * 6 * VECTOR, VECTOR, to + 3 * place * uStep, uStep);
    }
  }
}

/** V = B^T d B of all tiles of an image; returns where the next image's V begins. */
export function transformImage(
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
export function finishImage(out: usize, m: usize, mStep: usize, bias: usize, P: i32, Q: i32, K: i32): usize {
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
export function transformOutputGradient(w: usize, wStep: usize, dout: usize, P: i32, Q: i32, K: i32): usize {
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
export function copyCorner(from: usize, row: usize, pixel: usize, rows: i32, columns: i32): void {
  for (let r = 0; r < rows; r++) {
    for (let s = 0; s < columns; s++) {
      v128.store(WHOLE + <usize>(4 * r + s) * VECTOR, v128.load(from + <usize>r * row + <usize>s * pixel));
    }
  }
}

/** Adds B dV B^T of all tiles to an image; returns where the next image's dV begins. */
export function addToImage(
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
        Line.inputGradient(column, 6 * vStep, HALF + 0 * VECTOR, 6 * VECTOR, false);
        column += vStep;
        Line.inputGradient(column, 6 * vStep, HALF + 1 * VECTOR, 6 * VECTOR, false);
        column += vStep;
        Line.inputGradient(column, 6 * vStep, HALF + 2 * VECTOR, 6 * VECTOR, false);
        column += vStep;
        Line.inputGradient(column, 6 * vStep, HALF + 3 * VECTOR, 6 * VECTOR, false);
        column += vStep;
        Line.inputGradient(column, 6 * vStep, HALF + 4 * VECTOR, 6 * VECTOR, false);
        column += vStep;
        Line.inputGradient(column, 6 * vStep, HALF + 5 * VECTOR, 6 * VECTOR, false);
        let line = d;
        let half = HALF;
        for (let r = 0; r < 6; r++) {
          Line.inputGradient(half, VECTOR, line, pixel, true);
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
