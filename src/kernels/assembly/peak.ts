/** What `thalweg bench` holds the kernels against: the most that this machine does in strict SIMD. No network calls these. */

/**
 * `turns` times six sums s = s + a and six products t = t * a, in registers alone: 12 operations of four lanes, 48 floating-point
 * operations a turn. No product goes into a sum: then each chain waits for one operation only (3 or 4 cycles), and twelve are enough to start
 * two additions and two multiplications in every cycle. As s = s * a + b it takes 14 chains, which with a and b are more than the
 * 15 registers that V8 has on x86-64. `a` is a parameter, or the compiler would know the products. Returns a lane of all, so that
 * nothing is left out as unused.
 */
export function peakArithmetic(turns: i32, a: f32): f32 {
  const step = f32x4.splat(a);
  let s0 = step;
  let s1 = step;
  let s2 = step;
  let s3 = step;
  let s4 = step;
  let s5 = step;
  let t0 = f32x4.splat(1);
  let t1 = f32x4.splat(2);
  let t2 = f32x4.splat(3);
  let t3 = f32x4.splat(4);
  let t4 = f32x4.splat(5);
  let t5 = f32x4.splat(6);
  for (let i = 0; i < turns; i++) {
    s0 = f32x4.add(s0, step);
    t0 = f32x4.mul(t0, step);
    s1 = f32x4.add(s1, step);
    t1 = f32x4.mul(t1, step);
    s2 = f32x4.add(s2, step);
    t2 = f32x4.mul(t2, step);
    s3 = f32x4.add(s3, step);
    t3 = f32x4.mul(t3, step);
    s4 = f32x4.add(s4, step);
    t4 = f32x4.mul(t4, step);
    s5 = f32x4.add(s5, step);
    t5 = f32x4.mul(t5, step);
  }
  const s = f32x4.add(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)), f32x4.add(s4, s5));
  const t = f32x4.add(f32x4.add(f32x4.add(t0, t1), f32x4.add(t2, t3)), f32x4.add(t4, t5));
  return f32x4.extract_lane(f32x4.add(s, t), 0);
}

/** WebAssembly's own copy. The two ranges do not overlap. */
export function copyBytes(to: usize, from: usize, bytes: usize): void {
  memory.copy(to, from, bytes);
}
