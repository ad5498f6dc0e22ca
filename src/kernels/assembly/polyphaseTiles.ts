/**
 * The tiles of a 3x3 convolution with stride 2: 9x9 inputs, 4x4 outputs, 81 products. The lines of polyphaseLines.ts are taken along
 * columns, then along rows, for four channels at a time; an odd row or column is passed on as it is. `v`, `m` and `w` are
 * the first of 81 planes of rows of channels, a row for each tile; a step leads from plane to plane. In both axes the five points come
 * first, then the four odd places, which share their weights: plane 9 i + j is multiplied by the weights 6 min(i, 5) + min(j, 5).
 */
import { PhaseLine } from './polyphaseLines';
import { FLOAT, WINOGRAD_HALF as HALF, VECTOR, WINOGRAD_WHOLE as WHOLE } from './simd';
import { PANEL } from './tiles';
import { copyCorner } from './winogradTiles';

export { setFactors } from './polyphaseLines';

/** A line of HALF. */
const LINE: usize = 9 * VECTOR;

/** U = G g G^T: u[xi] gets the panels [j / 16][i][j % 16] of taps[tap][i][j], for `rows` i and `columns` j. */
export function transformWeights(u: usize, uStep: usize, taps: usize, rows: i32, columns: i32): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j += 4) {
      const g = taps + <usize>(i * columns + j) * FLOAT;
      const to = u + <usize>((j / PANEL) * rows * PANEL + i * PANEL + (j % PANEL)) * FLOAT;
      for (let s: usize = 0; s < 3; s++) {
        PhaseLine.weight(g + s * uStep, 3 * uStep, HALF + s * VECTOR, 3 * VECTOR);
      }
      for (let r: usize = 0; r < 6; r++) {
        PhaseLine.weight(HALF + r * 3 * VECTOR, VECTOR, to + 6 * r * uStep, uStep);
      }
    }
  }
}

/** dg = G^T dU G: taps[tap][c][k] from u[xi][c][k]. */
export function transformWeightGradient(taps: usize, u: usize, uStep: usize, C: i32, K: i32): void {
  for (let i = 0; i < C * K; i += 4) {
    const from = u + <usize>i * FLOAT;
    const to = taps + <usize>i * FLOAT;
    for (let s: usize = 0; s < 6; s++) {
      PhaseLine.weightGradient(from + s * uStep, 6 * uStep, HALF + s * VECTOR, 6 * VECTOR);
    }
    for (let r: usize = 0; r < 3; r++) {
      PhaseLine.weightGradient(HALF + r * 6 * VECTOR, VECTOR, to + 3 * r * uStep, uStep);
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
      let d = image + <usize>(8 * p) * row + <usize>(8 * q) * pixel;
      for (let c = 0; c < C; c += 4) {
        let column = d;
        for (let half = HALF; half < HALF + LINE; half += VECTOR) {
          PhaseLine.input(column, 2 * row, half, LINE);
          column += pixel;
        }
        let plane = v;
        for (let half = HALF; half < HALF + 5 * LINE; half += LINE) {
          PhaseLine.input(half, 2 * VECTOR, plane, vStep);
          plane += 5 * vStep;
          PhaseLine.copy(half + VECTOR, 2 * VECTOR, plane, vStep, false);
          plane += 4 * vStep;
        }
        let line = d + row;
        for (let r = 0; r < 4; r++) {
          PhaseLine.input(line, 2 * pixel, plane, vStep);
          plane += 5 * vStep;
          PhaseLine.copy(line + pixel, 2 * pixel, plane, vStep, false);
          plane += 4 * vStep;
          line += 2 * row;
        }
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
        for (let half = HALF; half < HALF + LINE; half += VECTOR) {
          PhaseLine.output(column, 9 * mStep, column + 45 * mStep, half, LINE);
          column += mStep;
        }
        const b = bias === 0 ? f32x4.splat(0) : v128.load(bias + <usize>k * FLOAT);
        let line = to;
        let half = HALF;
        for (let r = 0; r < rows; r++) {
          PhaseLine.output(half, VECTOR, half + 5 * VECTOR, WHOLE, VECTOR);
          v128.store(line, f32x4.add(v128.load(WHOLE), b));
          if (columns > 1) v128.store(line + pixel, f32x4.add(v128.load(WHOLE + VECTOR), b));
          if (columns > 2) v128.store(line + 2 * pixel, f32x4.add(v128.load(WHOLE + 2 * VECTOR), b));
          if (columns > 3) v128.store(line + 3 * pixel, f32x4.add(v128.load(WHOLE + 3 * VECTOR), b));
          line += row;
          half += LINE;
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
        let y = from;
        let next = pixel;
        let step = row;
        if (!whole) {
          copyCorner(from, row, pixel, rows, columns);
          y = WHOLE;
          next = VECTOR;
          step = 4 * VECTOR;
        }
        for (let s: usize = 0; s < 4; s++) {
          PhaseLine.outputGradient(y + s * next, step, HALF + s * VECTOR, LINE);
        }
        let plane = w;
        for (let half = HALF; half < HALF + 5 * LINE; half += LINE) {
          PhaseLine.outputGradient(half, VECTOR, plane, wStep);
          plane += 5 * wStep;
          PhaseLine.copy(half, VECTOR, plane, wStep, false);
          plane += 4 * wStep;
        }
        for (let r = 0; r < 4; r++) {
          PhaseLine.outputGradient(y, next, plane, wStep);
          plane += 5 * wStep;
          PhaseLine.copy(y, next, plane, wStep, false);
          plane += 4 * wStep;
          y += step;
        }
        from += VECTOR;
        w += VECTOR;
      }
    }
  }
  return w;
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
      let d = image + <usize>(8 * p) * row + <usize>(8 * q) * pixel;
      for (let c = 0; c < C; c += 4) {
        let column = v;
        for (let half = HALF; half < HALF + LINE; half += VECTOR) {
          PhaseLine.inputGradient(column, 9 * vStep, half, LINE, false);
          column += vStep;
        }
        let line = d;
        for (let half = HALF; half < HALF + 5 * LINE; half += LINE) {
          PhaseLine.inputGradient(half, VECTOR, line, 2 * pixel, true);
          PhaseLine.copy(half + 5 * VECTOR, VECTOR, line + pixel, 2 * pixel, true);
          line += 2 * row;
        }
        line = d + row;
        let plane = v + 45 * vStep;
        for (let r = 0; r < 4; r++) {
          PhaseLine.inputGradient(plane, vStep, line, 2 * pixel, true);
          PhaseLine.copy(plane + 5 * vStep, vStep, line + pixel, 2 * pixel, true);
          line += 2 * row;
          plane += 9 * vStep;
        }
        d += VECTOR;
        v += VECTOR;
      }
    }
  }
  return v;
}
