/**
 * One pass over memory an optimizer step. The arithmetic is that of the chain of transforms in src/optim: float64,
 * rounded to float32 wherever the chain stores, so that both have the same bits.
 */
import { FLOAT, loadWide, VECTOR, widenHigh, widenLow } from './simd';

/** `flags`: which decays there are, and whether `out` gets the parameters after the step or what is to be added to them. */
const COUPLED: i32 = 1;
const DECOUPLED: i32 = 2;
const MOVES: i32 = 4;

/** Two pairs of float64 as four float32. */
function narrow(low: v128, high: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

/** v + factor * p. */
function addScaled(v: v128, factor: v128, p: v128): v128 {
  return narrow(
    f64x2.add(widenLow(v), f64x2.mul(factor, widenLow(p))),
    f64x2.add(widenHigh(v), f64x2.mul(factor, widenHigh(p))),
  );
}

/** As if stored and loaded again. */
function rounded(v: v128): v128 {
  return f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(v));
}

/** A class because TypeScript allows `@inline` on methods only. */
class Step {
  /** From two pairs of a direction to the parameters p or the update: u = rate * d, u = u + decay * p, p + u, rounded each time. */
  @inline
  static finish(out: usize, flags: i32, low: v128, high: v128, rate: v128, decay: v128, p: v128): void {
    low = f64x2.mul(rounded(low), rate);
    high = f64x2.mul(rounded(high), rate);
    if (flags & DECOUPLED) {
      low = f64x2.add(rounded(low), f64x2.mul(decay, widenLow(p)));
      high = f64x2.add(rounded(high), f64x2.mul(decay, widenHigh(p)));
    }
    const u = narrow(low, high);
    v128.store(out, flags & MOVES ? f32x4.add(p, u) : u);
  }
}

/** The last vector of a slot that ends inside it: what stands behind the slot stays 0. */
function clearPadding(end: usize, length: i32): void {
  for (; length & 3; length++, end += FLOAT) store<f32>(end, 0);
}

/** Direction g. */
export function sgdStep(
  length: i32,
  flags: i32,
  out: usize,
  params: usize,
  grads: usize,
  learningRate: f64,
  coupledDecay: f64,
  decoupledDecay: f64,
): void {
  const rate = f64x2.splat(-learningRate);
  const coupled = f64x2.splat(coupledDecay);
  const decoupled = f64x2.splat(decoupledDecay);
  const end = out + <usize>length * FLOAT;
  while (out < end) {
    const p = v128.load(params);
    let g = v128.load(grads);
    if (flags & COUPLED) g = addScaled(g, coupled, p);
    Step.finish(out, flags, widenLow(g), widenHigh(g), rate, decoupled, p);
    out += VECTOR;
    params += VECTOR;
    grads += VECTOR;
  }
  clearPadding(end, length);
}

/** b = momentum * b + gradientWeight * g; direction b, or g + momentum * b. */
export function momentumStep(
  length: i32,
  flags: i32,
  out: usize,
  params: usize,
  grads: usize,
  learningRate: f64,
  coupledDecay: f64,
  decoupledDecay: f64,
  trace: usize,
  momentum: f64,
  gradientWeight: f64,
  nesterov: bool,
): void {
  const rate = f64x2.splat(-learningRate);
  const coupled = f64x2.splat(coupledDecay);
  const decoupled = f64x2.splat(decoupledDecay);
  const keep = f64x2.splat(momentum);
  const weight = f64x2.splat(gradientWeight);
  const end = out + <usize>length * FLOAT;
  while (out < end) {
    const p = v128.load(params);
    let g = v128.load(grads);
    if (flags & COUPLED) g = addScaled(g, coupled, p);
    const b = v128.load(trace);
    const gLow = widenLow(g);
    const gHigh = widenHigh(g);
    const bLow = f64x2.add(f64x2.mul(keep, widenLow(b)), f64x2.mul(weight, gLow));
    const bHigh = f64x2.add(f64x2.mul(keep, widenHigh(b)), f64x2.mul(weight, gHigh));
    v128.store(trace, narrow(bLow, bHigh));
    let low = bLow;
    let high = bHigh;
    if (nesterov) {
      low = f64x2.add(gLow, f64x2.mul(keep, bLow));
      high = f64x2.add(gHigh, f64x2.mul(keep, bHigh));
    }
    Step.finish(out, flags, low, high, rate, decoupled, p);
    out += VECTOR;
    params += VECTOR;
    grads += VECTOR;
    trace += VECTOR;
  }
  clearPadding(end, length);
}

/** keep * s + (weight * g) * g. */
function meanSquare(s: v128, g: v128, keep: v128, weight: v128): v128 {
  return f64x2.add(f64x2.mul(keep, s), f64x2.mul(f64x2.mul(weight, g), g));
}

/** s = squaresWeight * s + (gradientWeight * g) * g; direction g / ((sqrt(s + epsInside) + eps) * scale). */
export function meanSquareStep(
  length: i32,
  flags: i32,
  out: usize,
  params: usize,
  grads: usize,
  learningRate: f64,
  coupledDecay: f64,
  decoupledDecay: f64,
  squares: usize,
  squaresWeight: f64,
  gradientWeight: f64,
  epsInside: f64,
  eps: f64,
  scale: f64,
): void {
  const rate = f64x2.splat(-learningRate);
  const coupled = f64x2.splat(coupledDecay);
  const decoupled = f64x2.splat(decoupledDecay);
  const keep = f64x2.splat(squaresWeight);
  const weight = f64x2.splat(gradientWeight);
  const inside = f64x2.splat(epsInside);
  const outside = f64x2.splat(eps);
  const times = f64x2.splat(scale);
  const end = out + <usize>length * FLOAT;
  while (out < end) {
    const p = v128.load(params);
    let g = v128.load(grads);
    if (flags & COUPLED) g = addScaled(g, coupled, p);
    const gLow = widenLow(g);
    const gHigh = widenHigh(g);
    const sLow = meanSquare(loadWide(squares), gLow, keep, weight);
    const sHigh = meanSquare(loadWide(squares + 8), gHigh, keep, weight);
    v128.store(squares, narrow(sLow, sHigh));
    const rootLow = f64x2.add(f64x2.sqrt(f64x2.add(sLow, inside)), outside);
    const rootHigh = f64x2.add(f64x2.sqrt(f64x2.add(sHigh, inside)), outside);
    const low = f64x2.div(gLow, f64x2.mul(rootLow, times));
    const high = f64x2.div(gHigh, f64x2.mul(rootHigh, times));
    Step.finish(out, flags, low, high, rate, decoupled, p);
    out += VECTOR;
    params += VECTOR;
    grads += VECTOR;
    squares += VECTOR;
  }
  clearPadding(end, length);
}

/**
 * m = beta1 * m + (1 - beta1) * g, v = beta2 * v + ((1 - beta2) * g) * g; direction (m * scaleOfM) / (sqrt(v * scaleOfV) + eps)
 * with m and v before they are rounded.
 */
export function adamStep(
  length: i32,
  flags: i32,
  out: usize,
  params: usize,
  grads: usize,
  learningRate: f64,
  coupledDecay: f64,
  decoupledDecay: f64,
  mu: usize,
  nu: usize,
  beta1: f64,
  beta2: f64,
  scaleOfM: f64,
  scaleOfV: f64,
  eps: f64,
): void {
  const rate = f64x2.splat(-learningRate);
  const coupled = f64x2.splat(coupledDecay);
  const decoupled = f64x2.splat(decoupledDecay);
  const keepM = f64x2.splat(beta1);
  const weightM = f64x2.splat(1 - beta1);
  const keepV = f64x2.splat(beta2);
  const weightV = f64x2.splat(1 - beta2);
  const ofM = f64x2.splat(scaleOfM);
  const ofV = f64x2.splat(scaleOfV);
  const outside = f64x2.splat(eps);
  const end = out + <usize>length * FLOAT;
  while (out < end) {
    const p = v128.load(params);
    let g = v128.load(grads);
    if (flags & COUPLED) g = addScaled(g, coupled, p);
    const gLow = widenLow(g);
    const gHigh = widenHigh(g);
    const vLow = meanSquare(loadWide(nu), gLow, keepV, weightV);
    const vHigh = meanSquare(loadWide(nu + 8), gHigh, keepV, weightV);
    const mLow = f64x2.add(f64x2.mul(keepM, loadWide(mu)), f64x2.mul(weightM, gLow));
    const mHigh = f64x2.add(f64x2.mul(keepM, loadWide(mu + 8)), f64x2.mul(weightM, gHigh));
    v128.store(mu, narrow(mLow, mHigh));
    v128.store(nu, narrow(vLow, vHigh));
    const low = f64x2.div(f64x2.mul(mLow, ofM), f64x2.add(f64x2.sqrt(f64x2.mul(vLow, ofV)), outside));
    const high = f64x2.div(f64x2.mul(mHigh, ofM), f64x2.add(f64x2.sqrt(f64x2.mul(vHigh, ofV)), outside));
    Step.finish(out, flags, low, high, rate, decoupled, p);
    out += VECTOR;
    params += VECTOR;
    grads += VECTOR;
    mu += VECTOR;
    nu += VECTOR;
  }
  clearPadding(end, length);
}
