import { describe, expect, it } from 'vitest';
import { relu } from '../../src/nn/activation.ts';
import { plainNet } from '../../src/nn/models.ts';
import { planNetwork } from '../../src/nn/network.ts';
import type { RunSpecInput } from '../../src/run/spec.ts';
import { run, tiny } from './resumedRuns.ts';

const plan = planNetwork({
  layers: plainNet({ classes: 10, activation: relu, norm: null, depth: 2, filters: 3 }),
  inShape: { H: 16, W: 16, C: 1 },
  classes: 10,
  batchSize: 4,
});
/** Seven batches of four images, one of two. */
const epochFlops = 7 * plan.trainingFlops(4) + plan.trainingFlops(2);
const cost = (changes: Partial<RunSpecInput>) => run({ ...tiny, epochs: 2, ...changes });

describe('the cost of a run', () => {
  it('is one gradient a step of a method that asks for no more, and nothing for evaluations and probes', async () => {
    const watched = await cost({ evaluations: { perEpoch: 8 } });
    for (const result of [watched, await cost({ probes: [] })]) {
      expect(result).toMatchObject({ samples: 60, gradientEvaluations: 16, flops: 2 * epochFlops });
    }
    const { samples, gradientEvaluations, flops } = watched.series.evaluations;
    expect(samples.slice(0, 10)).toEqual([0, 4, 8, 12, 16, 20, 24, 28, 30, 34]);
    expect(gradientEvaluations).toEqual(Array.from({ length: 17 }, (_, step) => step));
    expect([flops[0], flops[1], flops[8], flops[16]]).toEqual([
      0,
      plan.trainingFlops(4),
      epochFlops,
      2 * epochFlops,
    ]);
  });

  it.each([
    ['sam', 2],
    ['adahessian', 3],
  ] as const)('counts the extra gradients of %s', async (kind, each) => {
    const result = await cost({ optimizer: { kind, learningRate: 0.001 } });
    const { evaluations } = result.series;
    expect(result).toMatchObject({
      samples: 60,
      gradientEvaluations: 16 * each,
      flops: 2 * each * epochFlops,
    });
    expect(evaluations.gradientEvaluations).toEqual([0, 8 * each, 16 * each]);
    expect(evaluations.flops).toEqual([0, each * epochFlops, 2 * each * epochFlops]);
  });

  it('counts every evaluation of a line search', async () => {
    const optimizer = { kind: 'lbfgs', learningRate: 0.1, lineSearch: 'strongWolfe' } as const;
    const { gradientEvaluations, flops, steps } = await cost({ optimizer, batchSize: 30 });
    expect(steps).toBe(2);
    expect(gradientEvaluations).toBeGreaterThan(10);
    expect(flops).toBe(gradientEvaluations * plan.trainingFlops(30));
  });

  it('counts the gradient that a run diverged at, and those of skipped steps', async () => {
    const diverged = await cost({ divergence: { lossAbove: 1e-3 } });
    expect(diverged).toMatchObject({
      steps: 0,
      samples: 4,
      gradientEvaluations: 1,
      flops: plan.trainingFlops(4),
    });
    const skipped = await cost({
      ...{ nonFinite: 'skip', divergence: { lossAbove: 1e300 } },
      optimizer: { kind: 'sgd', learningRate: 1e38 },
    });
    expect(skipped).toMatchObject({ samples: 60, gradientEvaluations: 16, flops: 2 * epochFlops });
  });
});
