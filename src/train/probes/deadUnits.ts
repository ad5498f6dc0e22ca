import type { Vec } from '../../core/memory.ts';
import type { ProbeFactory } from '../probe.ts';

/**
 * `deadUnits/<layer>`: the fraction of the units of each ReLU whose output is zero for every image of the batch. A unit
 * is a channel: for a convolution it is dead when it is zero at every place of every image. No channels without a ReLU.
 */
export function deadUnits({ every }: { readonly every: number }): ProbeFactory {
  return ({ layers }) => {
    const relus = layers.filter(({ layer }) => layer.stem === 'relu');
    return {
      every,
      readsLayers: true,
      channels: relus.map(({ path }) => `deadUnits/${path}`),
      measure({ N }, record) {
        for (const relu of relus) {
          const { H, W, C } = relu.layer.outShape;
          const { pooled } = relu;
          // what is alive behind the pool was alive before it, and reading `out` would compute it again
          const alive =
            pooled === undefined ? 0 : aliveUnits(pooled.out, N * pooled.shape.H * pooled.shape.W, C);
          const dead = alive === C ? 0 : C - aliveUnits(relu.out, N * H * W, C);
          record(`deadUnits/${relu.path}`, dead / C);
        }
      },
    };
  };
}

/** How many of the C columns of a row-major matrix hold a positive value. */
function aliveUnits(out: Vec, rows: number, C: number): number {
  let alive = 0;
  for (let c = 0; c < C; c++) {
    let i = c;
    const end = rows * C;
    while (i < end && !(out[i] > 0)) i += C;
    if (i < end) alive++;
  }
  return alive;
}
