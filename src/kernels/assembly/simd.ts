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
/** Two tiles of 36 vectors, at the end of the reserved bytes. */
export const WINOGRAD_TILE: usize = 8192 - 2 * 36 * 16;
/** Up to 16 float32 factors before them. */
export const WINOGRAD_FACTORS: usize = WINOGRAD_TILE - 64;

/** Rows that are read once for each four channels: with a group of channels they fill 32 KiB. */
export const ROW_BLOCK: i32 = 64;

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

/** The first `count` of four floats, zero behind them. Reads nothing behind them. */
export function loadFirst(address: usize, count: i32): v128 {
  if (count >= 4) return v128.load(address);
  let v = f32x4.splat(0);
  if (count > 0) v = f32x4.replace_lane(v, 0, load<f32>(address));
  if (count > 1) v = f32x4.replace_lane(v, 1, load<f32>(address, 4));
  if (count > 2) v = f32x4.replace_lane(v, 2, load<f32>(address, 8));
  return v;
}

/** Writes the first `count` lanes and nothing behind them. */
export function storeFirst(address: usize, v: v128, count: i32): void {
  if (count >= 4) {
    v128.store(address, v);
    return;
  }
  if (count > 0) store<f32>(address, f32x4.extract_lane(v, 0));
  if (count > 1) store<f32>(address, f32x4.extract_lane(v, 1), 4);
  if (count > 2) store<f32>(address, f32x4.extract_lane(v, 2), 8);
}
