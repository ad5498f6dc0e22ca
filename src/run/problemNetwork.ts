import { sha256 } from '../core/hash.ts';
import { sharedBytes } from '../core/host.ts';
import { canonicalJson, type Json } from '../core/json.ts';
import { allocateOrExplain } from '../core/memory.ts';
import type { AnalyticProblem } from '../data/analytic.ts';
import type { Dataset, Split } from '../data/dataset.ts';
import { NO_FLOPS } from '../nn/flops.ts';
import type { Layer, LayerPlan } from '../nn/layer.ts';
import type { Loss } from '../nn/loss.ts';

/** A point counts as solved when the value is this near to the minimum. */
export const SOLVED = 1e-6;

/**
 * An analytic problem in the form of a network, so that the training loop, the probes and the records are the same: one layer whose
 * parameter is the point. In training its output is the value of the step's function, in evaluation the distance of the value from
 * the minimum. It counts the steps in a buffer, since a problem may change with them. Its flops count as none.
 */
export function problemLayer(problem: AnalyticProblem): LayerPlan {
  const { dimension } = problem;
  return (inShape): Layer => ({
    stem: 'point',
    inShape,
    outShape: { H: 1, W: 1, C: 1 },
    params: problem.tensors.map((tensor) => ({
      ...tensor,
      fanIn: 1,
      fanOut: 1,
      initializer: (values, _tensor, rng) => values.set(problem.start(rng)),
    })),
    buffers: [{ name: 'step', length: 1, initial: 0 }],
    workspaces: [{ name: 'gradient', type: 'float', length: () => dimension }],
    children: [],
    flops: () => NO_FLOPS,
    forward(_kernels, out, _inp, { params, buffers, floats }, { N, training, dropout }) {
      problem.project?.(params.x);
      if (!training) {
        out.fill(problem.loss(params.x) - problem.minimum, 0, N);
        return;
      }
      buffers.step[0]++;
      out.fill(problem.gradient(params.x, buffers.step[0], dropout(0), floats.gradient), 0, N);
    },
    backward(_kernels, _dinp, _dout, _inp, { grads, floats }) {
      grads.x.set(floats.gradient);
    },
  });
}

/** The loss of a problem is what its layer puts out; an evaluation is correct when the problem is solved. */
export const problemLoss: Loss = {
  train(_kernels, N, _K, { logits, dlogits }) {
    dlogits.fill(1 / N, 0, N);
    return logits[0];
  },
  flops: () => 0,
  evaluate(_kernels, N, _K, { logits }) {
    return { lossSum: N * logits[0], correct: logits[0] <= SOLVED ? N : 0 };
  },
};

/** The data of a problem: nothing but as many places as an epoch has steps. */
export function problemDataset(name: string, options: { readonly stepsPerEpoch: number }): Dataset {
  return {
    name,
    shape: { H: 1, W: 1, C: 1 },
    classes: 1,
    train: blankSplit(options.stepsPerEpoch),
    validation: blankSplit(1),
    test: blankSplit(1),
    mean: [0],
    std: [1],
    digest: sha256(canonicalJson({ name, ...options } as Record<string, Json>)),
  };
}

function blankSplit(count: number): Split {
  const what = `a problem with ${count} steps an epoch`;
  const bytes = () => allocateOrExplain(count, what, () => sharedBytes(count));
  return { count, images: bytes(), labels: bytes() };
}
