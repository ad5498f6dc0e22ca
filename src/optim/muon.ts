import type { Slot } from '../core/layout.ts';
import type { Vec } from '../core/memory.ts';
import { type AdamwOptions, adamw } from './adamw.ts';
import { scaleLearningRate } from './groups.ts';
import { type NewtonSchulzScratch, newtonSchulz, newtonSchulzScratch } from './newtonSchulz.ts';
import type { RoundedIteration } from './newtonSchulzRounded.ts';
import { partition } from './partition.ts';
import { chain, type SlotFilter, scaleByLearningRate, type Transform } from './transform.ts';
import { decoupledDecay } from './weightDecay.ts';

export interface MuonOptions {
  /** Share of the momentum that is kept. Default 0.95. */
  readonly momentum?: number;
  /** Mixes the momentum with the gradient once more. Default true. */
  readonly nesterov?: boolean;
  /** Newton-Schulz iterations. Default 5. */
  readonly steps?: number;
  /** What the orthogonal matrix is scaled by; see {@link muon}. Default 'lastAxes'. */
  readonly scale?: 'lastAxes' | 'flattened' | 'matchRmsAdamw';
  /** The norm before the iteration is max(norm, 1e-7) as in PyTorch, instead of norm + 1e-7. Default false. */
  readonly clampNorm?: boolean;
  /** How the iteration is rounded; float64 unless given. */
  readonly rounded?: RoundedIteration | undefined;
}

interface MuonState {
  readonly trace: Vec;
  readonly scratch: NewtonSchulzScratch;
}

/**
 * Muon's direction (Jordan et al. 2024; muon.py of their repository), for tensors of two axes and more.
 *
 *     m_t = momentum * m_{t-1} + (1 - momentum) * g_t
 *     u_t = (1 - momentum) * g_t + momentum * m_t,        without nesterov u_t = m_t
 *     direction scale * NewtonSchulz(u_t)
 *
 * A tensor of four axes counts as a matrix [out, rest]; one of three axes, as in the source, as a stack of matrices.
 * `scale` is where the sources differ:
 *
 * - lastAxes, the authors': sqrt(max(1, shape[-2] / shape[-1])) of the tensor as it is, which for a 3x3 kernel is 1;
 * - flattened: sqrt(max(1, out / rest)); PyTorch's torch.optim.Muon 'original', which takes matrices only;
 * - matchRmsAdamw: 0.2 * sqrt(max(out, rest)); PyTorch's 'match_rms_adamw', after Liu et al. 2025 (Moonlight).
 *
 * In the last two, tensors of more than two axes all count as [out, rest]. The authors' and PyTorch's code iterates in
 * bfloat16, which puts parameters 1% apart after 60 steps; `rounded` does as well. After zero gradients the momentum shrinks but its orthogonal
 * factor does not: the parameters go on moving at full speed until m falls to 1e-7. A tensor that never had a gradient
 * stays. Slots of one axis keep their gradient: {@link muonWithAdamw}.
 */
export function muon(options: MuonOptions = {}): Transform<MuonState> {
  const {
    momentum = 0.95,
    nesterov = true,
    steps = 5,
    scale = 'lastAxes',
    clampNorm = false,
    rounded,
  } = options;
  return {
    init: (layout, allocator) => ({
      trace: allocator.floats(layout.length),
      scratch: newtonSchulzScratch(
        layout.slots.filter(isMatrix).map(({ shape }) => {
          const { rows, columns } = matricesOf(shape, scale);
          return [rows, columns];
        }),
      ),
    }),
    apply(updates, { trace, scratch }, { layout }) {
      for (const { shape, offset, length } of layout.slots) {
        if (shape.length < 2) continue;
        for (let i = offset; i < offset + length; i++) {
          const g = updates[i];
          const m = momentum * trace[i] + (1 - momentum) * g;
          trace[i] = m;
          updates[i] = nesterov ? (1 - momentum) * g + momentum * m : m;
        }
        const { stack, rows, columns } = matricesOf(shape, scale);
        for (let k = 0; k < stack; k++) {
          newtonSchulz(
            updates,
            offset + k * rows * columns,
            rows,
            columns,
            { steps, clampNorm, rounded },
            scratch,
          );
        }
        const factor = scaleOf(shape, rows, columns, scale);
        if (factor !== 1) for (let i = offset; i < offset + length; i++) updates[i] *= factor;
      }
    },
  };
}

/** Which slots {@link muon} changes. */
export const isMatrix: SlotFilter = ({ shape }: Slot) => shape.length >= 2;

function matricesOf(
  shape: readonly number[],
  scale: string,
): { readonly stack: number; readonly rows: number; readonly columns: number } {
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (scale !== 'lastAxes' || shape.length === 4) {
    return { stack: 1, rows: shape[0], columns: size / shape[0] };
  }
  const rows = shape[shape.length - 2];
  const columns = shape[shape.length - 1];
  return { stack: size / (rows * columns), rows, columns };
}

function scaleOf(shape: readonly number[], rows: number, columns: number, scale: string): number {
  if (scale === 'matchRmsAdamw') return 0.2 * Math.sqrt(Math.max(rows, columns));
  if (scale === 'flattened') return Math.sqrt(Math.max(1, rows / columns));
  return Math.sqrt(Math.max(1, shape[shape.length - 2] / shape[shape.length - 1]));
}

export interface MuonWithAdamwOptions extends MuonOptions {
  /** Decoupled decay of the matrices. Default 0. */
  readonly weightDecay?: number;
  /** AdamW for everything else; its learning rate is `learningRateScale` times that of the step. */
  readonly rest: Omit<AdamwOptions, 'filter'> & { readonly learningRateScale: number };
}

/**
 * {@link muon} for tensors of two axes and more and AdamW for the others, each with its own rate and decay: the
 * authors' MuonWithAuxAdam. They also give embeddings and the output layer to AdamW.
 */
export function muonWithAdamw({ weightDecay = 0, rest, ...options }: MuonWithAdamwOptions): Transform {
  const { learningRateScale, ...adamwOptions } = rest;
  const everywhere = () => true;
  return partition(
    {
      applies: isMatrix,
      transform: chain(
        muon(options) as Transform,
        scaleByLearningRate() as Transform,
        decoupledDecay({ rate: weightDecay, filter: everywhere }) as Transform,
      ) as Transform,
    },
    {
      applies: everywhere,
      transform: scaleLearningRate(adamw({ ...adamwOptions, filter: everywhere }), learningRateScale),
    },
  );
}
