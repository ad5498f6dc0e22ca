/** Images with borders of zeros, for windows that reach outside. */
import { FLOAT } from './simd';

/** Whether a window reaches outside the image; otherwise it can be read in place. */
export function needsBorder(H: i32, W: i32, needH: i32, needW: i32, padTop: i32, padLeft: i32): bool {
  return padTop !== 0 || padLeft !== 0 || needH > H || needW > W;
}

/**
 * Copies an image to needH rows of needW pixels with zeros around it. What no window reaches is left out.
 */
export function copyWithBorder(
  image: usize,
  inp: usize,
  H: i32,
  W: i32,
  C: i32,
  needH: i32,
  needW: i32,
  padTop: i32,
  padLeft: i32,
): void {
  memory.fill(image, 0, <usize>(needH * needW * C) * FLOAT);
  copyInside(image, inp, H, W, C, needH, needW, padTop, padLeft);
}

/** The same where the border is zero already. */
export function copyInside(
  image: usize,
  inp: usize,
  H: i32,
  W: i32,
  C: i32,
  needH: i32,
  needW: i32,
  padTop: i32,
  padLeft: i32,
): void {
  const pixel = <usize>C * FLOAT;
  // a border as wide as all that the windows reach leaves nothing of the image: negative without the 0
  const rows = max(0, min(H, needH - padTop));
  const columns = max(0, min(W, needW - padLeft));
  for (let h = 0; h < rows; h++) {
    const to = image + <usize>((h + padTop) * needW + padLeft) * pixel;
    memory.copy(to, inp + <usize>(h * W) * pixel, <usize>columns * pixel);
  }
}

/** The other way: what lies inside the border; 0 where the image reaches further than the windows. */
export function copyWithoutBorder(
  inp: usize,
  image: usize,
  H: i32,
  W: i32,
  C: i32,
  needH: i32,
  needW: i32,
  padTop: i32,
  padLeft: i32,
): void {
  const pixel = <usize>C * FLOAT;
  const rows = max(0, min(H, needH - padTop));
  const columns = max(0, min(W, needW - padLeft));
  if (rows < H || columns < W) memory.fill(inp, 0, <usize>(H * W) * pixel);
  for (let h = 0; h < rows; h++) {
    const from = image + <usize>((h + padTop) * needW + padLeft) * pixel;
    memory.copy(inp + <usize>(h * W) * pixel, from, <usize>columns * pixel);
  }
}
