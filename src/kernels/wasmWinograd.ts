import type { Kernels, WindowGeometry } from './kernels.ts';
import { at, atOrNull, type Kernel } from './wasmCalls.ts';
import { reachOf } from './wasmKernels.ts';

export type WinogradExports = Record<
  'winogradScratch' | 'winogradForward' | 'winogradBackwardInput' | 'winogradBackwardWeight',
  Kernel
>;

/** Whether 3x3 tiles of 4x4 outputs save multiplications: 36 a tile (81 with a stride of 2), against 9 an output. */
function fitsWinograd({ C, K, R, S, P, Q, strideH, strideW }: WindowGeometry): boolean {
  const tiles = Math.ceil(P / 4) * Math.ceil(Q / 4);
  return (
    R === 3 &&
    S === 3 &&
    strideH === strideW &&
    strideH <= 2 &&
    C % 16 === 0 &&
    K % 16 === 0 &&
    (3 * strideH + 3) ** 2 * tiles < 9 * P * Q
  );
}

/** The convolutions that assembly/winograd.ts does, the others by `direct`. */
export function bindWinograd(
  wasm: WinogradExports,
  direct: Kernels,
): Pick<Kernels, 'conv2dScratch' | 'conv2dForward' | 'conv2dBackwardInput' | 'conv2dBackwardWeight'> {
  const slide3x3 = (
    kernel: Kernel,
    { H, W, C, P, Q, strideH, padTop, padLeft, K }: WindowGeometry,
    N: number,
    a: number,
    b: number,
    c: number,
    d: number,
    e = 0,
    f = 0,
  ) => kernel(N, H, W, C, P, Q, strideH, padTop, padLeft, K, a, b, c, d, e, f);
  return {
    conv2dScratch: (g, N) =>
      fitsWinograd(g)
        ? Math.max(wasm.winogradScratch(N, g.C, g.K, g.P, g.Q, g.strideH), reachOf(g))
        : direct.conv2dScratch(g, N),
    conv2dForward(g, N, out, inp, weight, bias, scratch, argmax) {
      if (!fitsWinograd(g)) direct.conv2dForward(g, N, out, inp, weight, bias, scratch, argmax);
      else {
        slide3x3(
          wasm.winogradForward,
          g,
          N,
          at(out),
          at(inp),
          at(weight),
          atOrNull(bias),
          at(scratch),
          atOrNull(argmax),
        );
      }
    },
    conv2dBackwardInput(g, N, dinp, dout, weight, scratch, argmax) {
      if (!fitsWinograd(g)) direct.conv2dBackwardInput(g, N, dinp, dout, weight, scratch, argmax);
      else {
        slide3x3(
          wasm.winogradBackwardInput,
          g,
          N,
          at(dinp),
          at(dout),
          at(weight),
          at(scratch),
          atOrNull(argmax),
        );
      }
    },
    conv2dBackwardWeight(g, N, dweight, dbias, dout, inp, scratch, argmax) {
      if (!fitsWinograd(g)) direct.conv2dBackwardWeight(g, N, dweight, dbias, dout, inp, scratch, argmax);
      else {
        slide3x3(
          wasm.winogradBackwardWeight,
          g,
          N,
          at(dweight),
          atOrNull(dbias),
          at(dout),
          at(inp),
          at(scratch),
          atOrNull(argmax),
        );
      }
    },
  };
}
