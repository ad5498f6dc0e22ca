import { describe, expect, test } from 'vitest';
import type { Engine, EngineFactory, WindowGeometry } from '../../src/kernels/kernels.ts';
import { softmaxCrossEntropy } from '../../src/nn/loss.ts';
import { expectClose } from '../helpers/compare.ts';
import { engines } from './engines.ts';

const { NaN: nan, POSITIVE_INFINITY: infinity, NEGATIVE_INFINITY: minusInfinity } = Number;

/** A window of 2x2 on one row of windows: 2 x (2 * windows) pixels of one channel. */
const windows2x2 = (windows: number): WindowGeometry => ({
  ...{ H: 2, W: 2 * windows, C: 1, K: 1, R: 2, S: 2, P: 1, Q: windows },
  ...{ strideH: 2, strideW: 2, padTop: 0, padLeft: 0 },
});

/** Vectors of an engine that is opened for a handful of numbers. */
function smallEngine(factory: EngineFactory) {
  const { kernels, allocator }: Engine = factory.open(1 << 16);
  const vec = (values: readonly number[]) => {
    const v = allocator.floats(values.length);
    v.set(values);
    return v;
  };
  return { kernels, allocator, vec };
}

describe.each(engines)('what the interface promises at the edges, on the $title engine:', (factory) => {
  const { kernels, allocator, vec } = smallEngine(factory);

  test('relu is 0 below 0, keeps NaN, and its derivative at 0 is 0', () => {
    const inp = vec([-1, -0, 0, 2, nan, infinity, minusInfinity, 3, -5]);
    const out = allocator.floats(9);
    kernels.reluForward(9, out, inp);
    expect(Array.from(out, Math.abs)).toEqual([0, 0, 0, 2, nan, infinity, 0, 3, 0]);
    const dinp = allocator.floats(9);
    kernels.reluBackward(9, dinp, vec([1, 2, 3, 4, 5, 6, 7, 8, 9]), inp);
    expect(Array.from(dinp.subarray(0, 4), Math.abs)).toEqual([0, 0, 0, 4]);
    expect(Array.from(dinp.subarray(5), Math.abs)).toEqual([6, 0, 8, 0]);
  });

  test('leakyRelu and prelu take the slope at 0 and keep NaN', () => {
    const inp = vec([-4, 0, 4, nan, -2]);
    const out = allocator.floats(5);
    kernels.leakyReluForward(5, 0.25, out, inp);
    expect(Array.from(out)).toEqual([-1, 0, 4, nan, -0.5]);
    const dinp = allocator.floats(5);
    kernels.leakyReluBackward(5, 0.25, dinp, vec([1, 1, 1, 1, 1]), inp);
    expect(Array.from(dinp)).toEqual([0.25, 0.25, 1, 0.25, 0.25]);
    const dslope = vec([77]);
    const xs = vec([-4, 0, 4, -2]);
    kernels.preluBackward(4, 1, true, dinp, dslope, vec([1, 2, 3, 4]), xs, vec([0.5]));
    expect(Array.from(dinp.subarray(0, 4))).toEqual([0.5, 1, 3, 2]);
    expect(Array.from(dslope)).toEqual([-12]);
  });

  test('the first of equal values wins a max-pool window, a NaN wins over every number', () => {
    const top = [1, 1, 5, nan, minusInfinity, minusInfinity, -3, -1];
    const bottom = [1, 1, 9, 9, minusInfinity, minusInfinity, -1, -2];
    const [inp, out, argmax] = [vec([...top, ...bottom]), allocator.floats(4), allocator.ints(4)];
    kernels.maxPoolForward(windows2x2(4), 1, out, argmax, inp);
    expect(Array.from(out)).toEqual([1, nan, minusInfinity, -1]);
    expect(Array.from(argmax)).toEqual([0, 3, 4, 7]);
  });

  test('an input that wins several windows gets the sum, an input that wins none gets 0', () => {
    const g = { ...windows2x2(1), H: 3, W: 3, P: 2, Q: 2, strideH: 1, strideW: 1 };
    const inp = vec([0, 1, 0, 2, 9, 3, 0, 4, 0]);
    const [out, dinp, argmax] = [allocator.floats(4), allocator.floats(9), allocator.ints(4)];
    kernels.maxPoolForward(g, 1, out, argmax, inp);
    dinp.fill(nan);
    kernels.maxPoolBackward(g, 1, dinp, vec([1, 2, 4, 8]), argmax);
    expect(Array.from(argmax)).toEqual([4, 4, 4, 4]);
    expect(Array.from(dinp)).toEqual([0, 0, 0, 0, 15, 0, 0, 0, 0]);
  });

  test('batch norm of one value a channel gives beta, and its unbiased variance counts as 0', () => {
    const out = allocator.floats(2);
    const [mean, invStd, runningMean, runningVar] = [vec([0, 0]), vec([0, 0]), vec([0, 0]), vec([1, 1])];
    const [inp, gamma, beta] = [vec([5, -3]), vec([2, 2]), vec([0.5, 1])];
    kernels.batchNormForward(
      ...([1, 2, 1e-5, 0.5, out, inp, gamma, beta, mean, invStd, runningMean, runningVar] as const),
    );
    expect(Array.from(out)).toEqual([0.5, 1]);
    expect(Array.from(mean)).toEqual([5, -3]);
    expect(Array.from(runningMean)).toEqual([2.5, -1.5]);
    expect(Array.from(runningVar)).toEqual([0.5, 0.5]);
  });

  test('sums of squares are accumulated in float64', () => {
    expect(kernels.sumOfSquares(vec([0, 3, 4, 100]), 1, 2)).toBe(25);
    const big = Math.fround(1e30);
    expect(kernels.sumOfSquares(vec([big, big]), 0, 2)).toBe(2 * big * big);
    const small = vec([2 ** 26, ...new Array(63).fill(1)]);
    expect(kernels.sumOfSquares(small, 0, 64)).toBe(2 ** 52 + 63);
  });
});

describe.each(engines)('softmax cross-entropy on the $title engine', (factory) => {
  const { kernels, allocator, vec } = smallEngine(factory);
  const tolerance = { tol: factory.bytesPerFloat === 4 ? 1e-6 : 1e-14, mode: 'elementwise' } as const;
  const lossOf = (logits: readonly number[], label: number, smoothing = 0) => {
    const K = logits.length;
    const [losses, dlogits, labels] = [allocator.floats(1), allocator.floats(K), allocator.ints(1)];
    labels[0] = label;
    const loss = kernels.softmaxCrossEntropy(1, K, smoothing, losses, dlogits, vec(logits), labels);
    return { loss, dlogits: Array.from(dlogits) };
  };

  test('is right at logits of 1e4', () => {
    const right = lossOf([1e4, 0, -1e4], 0);
    expect(right.loss).toBe(0);
    expect(right.dlogits.map(Math.abs)).toEqual([0, 0, 0]);
    const wrong = lossOf([1e4, 0, -1e4], 2);
    expect(wrong.loss).toBe(2e4);
    expect(wrong.dlogits.map(Math.abs)).toEqual([1, 0, 1]);
    expect(wrong.dlogits[2]).toBe(-1);
    // -sum target * log p with targets (0.1, 0.1, 0.8): log p is 0, -1e4, -2e4
    const smoothed = lossOf([1e4, 0, -1e4], 2, 0.3);
    expectClose('loss', [smoothed.loss], [0.1 * 1e4 + 0.8 * 2e4], tolerance);
    expectClose('dlogits', smoothed.dlogits, [0.9, -0.1, -0.8], tolerance);
  });

  test('does not change when all logits are shifted by 1e4', () => {
    const logits = [0.5, -1.25, 2, 0.0625];
    const near = lossOf(logits, 1, 0.1);
    const far = lossOf(
      logits.map((z) => z - 1e4),
      1,
      0.1,
    );
    // -1e4 + 0.0625 and the others are exact in float32, so the shifted logits are the same numbers
    expect(far).toEqual(near);
    const exact = Math.log(logits.reduce((sum, z) => sum + Math.exp(z), 0));
    const plain = lossOf(
      logits.map((z) => z + 1e4),
      2,
    );
    expectClose('loss', [plain.loss], [exact - 2], tolerance);
  });

  test('is not finite when a logit is not, so that divergence is seen', () => {
    expect(lossOf([nan, 0, 1], 1).loss).toBeNaN();
    expect(lossOf([0, infinity, 1], 0).loss).toBeNaN();
    expect(Number.isFinite(lossOf([0, minusInfinity, 1], 1).loss)).toBe(false);
  });

  test('evaluation counts the first largest logit as the answer and a row with a NaN as wrong', () => {
    const rows = [
      [1, 3, 2],
      [3, 3, 2],
      [3, 3, 2],
      [nan, nan, nan],
      [1, nan, 0],
    ];
    const [logits, dlogits, losses] = [vec(rows.flat()), allocator.floats(15), allocator.floats(5)];
    const labels = allocator.ints(5);
    labels.set([1, 0, 1, 0, 0]);
    const loss = softmaxCrossEntropy({ labelSmoothing: 0.5 });
    const memory = { logits, dlogits, losses, labels };
    expect(loss.evaluate(kernels, 5, 3, memory).correct).toBe(2);
    // without smoothing, and without a gradient
    const { lossSum } = loss.evaluate(kernels, 1, 3, memory);
    expectClose('loss', [lossSum], [lossOf(rows[0], 1).loss], tolerance);
    expect(Array.from(dlogits)).toEqual(new Array(15).fill(0));
  });
});
