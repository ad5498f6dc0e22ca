/** What all kernels share: vectors of four float32, padding, and the few operations that WebAssembly lacks. */

/** Bytes of a float32 and of a vector. */
export const FLOAT: usize = 4;
export const VECTOR: usize = 16;

/**
 * The first bytes of memory are the kernels' own (RESERVED in wasm.ts): the rows of a register tile that is wider than
 * its output, and for one group of channels three float64 sums and four float32 factors each.
 */
export const TILE_ROWS: usize = 64;
export const CHANNEL_GROUP: i32 = 128;
export const CHANNEL_SUMS: usize = TILE_ROWS + 128;
export const CHANNEL_FACTORS: usize = CHANNEL_SUMS + 3 * 8 * 128;
/** At the end of the reserved bytes a tile outside the packed operands, one between its two axes, and up to 16 float32 factors. */
export const WINOGRAD_WHOLE: usize = 8192 - 16 * 16;
export const WINOGRAD_HALF: usize = WINOGRAD_WHOLE - 45 * 16;
export const WINOGRAD_FACTORS: usize = WINOGRAD_HALF - 64;

/**
 * Rows that are taken at a time, four channels of all of them after the other: so few that memory is met almost in
 * order, which prefetching needs, and enough to load and store the four channels' sums or factors seldom.
 */
export const ROW_BLOCK: i32 = 8;

/** acc + a * b in four lanes, rounded twice: the fused form does not have the same bits on every machine. */
export function multiplyAdd(acc: v128, a: v128, b: v128): v128 {
  return f32x4.add(acc, f32x4.mul(a, b));
}

/** Lanes 0 to 3 as (l0 + l1) + (l2 + l3). */
export function sumLanes(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) +
    f32x4.extract_lane(v, 1) +
    (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
  );
}

/** The lower and the upper two lanes as float64, which is exact. */
export function widenLow(v: v128): v128 {
  return f64x2.promote_low_f32x4(v);
}
export function widenHigh(v: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i32>(v, v, 2, 3, 2, 3));
}

/** Two floats in memory as float64: a load where {@link widenHigh} needs a shuffle. */
export function loadWide(address: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(address));
}

/** The first `count` of four floats, zero behind them. Reads nothing behind them. */
export function loadFirst(address: usize, count: i32): v128 {
  if (count >= 4) return v128.load(address);
  if (count === 3) return v128.load_lane<f32>(address, v128.load64_zero(address), 2, 8);
  if (count === 2) return v128.load64_zero(address);
  return count === 1 ? v128.load32_zero(address) : f32x4.splat(0);
}

/** Writes the first `count` lanes and nothing behind them. */
export function storeFirst(address: usize, v: v128, count: i32): void {
  if (count >= 4) v128.store(address, v);
  else if (count === 3) {
    v128.store_lane<f64>(address, v, 0);
    v128.store_lane<f32>(address, v, 2, 8);
  } else if (count === 2) v128.store_lane<f64>(address, v, 0);
  else if (count === 1) v128.store_lane<f32>(address, v, 0);
}

/**
 * Loops over rows are written once and compiled twice: block<v128> takes four channels, without a branch, and block<f32>
 * the one to three that are left of a row.
 */
export function loadVector<T>(address: usize, count: i32): v128 {
  return sizeof<T>() === VECTOR ? v128.load(address) : loadFirst(address, count);
}
export function storeVector<T>(address: usize, v: v128, count: i32): void {
  if (sizeof<T>() === VECTOR) v128.store(address, v);
  else storeFirst(address, v, count);
}

/** The lower and the upper two of these floats as float64: loading halves saves the shuffle of a whole. */
export function loadLow<T>(address: usize, count: i32): v128 {
  if (sizeof<T>() === VECTOR) return f64x2.promote_low_f32x4(v128.load64_zero(address));
  return f64x2.promote_low_f32x4(count >= 2 ? v128.load64_zero(address) : v128.load32_zero(address));
}
export function loadHigh<T>(address: usize, count: i32): v128 {
  if (sizeof<T>() === VECTOR) return f64x2.promote_low_f32x4(v128.load64_zero(address, 8));
  return count === 3 ? f64x2.promote_low_f32x4(v128.load32_zero(address, 8)) : f64x2.splat(0);
}
