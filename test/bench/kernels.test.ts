import { describe, expect, it } from 'vitest';
import { costOf } from '../../src/bench/kernelCost.ts';
import { kernelsSuite, sharesOf } from '../../src/bench/kernelsSuite.ts';
import { profileStep } from '../../src/bench/stepProfile.ts';
import { benchTask } from '../../src/bench/tasks.ts';

const window = {
  H: 13,
  W: 13,
  C: 32,
  K: 64,
  R: 3,
  S: 3,
  P: 11,
  Q: 11,
  strideH: 1,
  strideW: 1,
  padTop: 0,
  padLeft: 0,
};
const floats = (length: number) => new Float32Array(length);

describe('the cost of a call', () => {
  it.each(['conv2dForward', 'conv2dBackwardInput', 'conv2dBackwardWeight'])(
    '%s: direct operations',
    (kernel) => {
      // an image: 121 pixels * 64 channels * 288 products and as many sums
      expect(costOf(kernel, [window, 32])).toEqual({ sizes: '13x13x32 > 11x11x64', flop: 32 * 4_460_544 });
    },
  );

  it('says so where the window is not 3x3', () => {
    const small = { ...window, R: 1, S: 1, P: 13, Q: 13 };
    expect(costOf('conv2dForward', [small, 1])).toEqual({ sizes: '13x13x32 > 13x13x64, 1x1', flop: 692_224 });
  });

  it('says so where a ReLU and a max-pool follow, whose operations it leaves out', () => {
    const winners = new Int32Array(1600);
    expect(
      costOf('conv2dForward', [window, 1, floats(1600), floats(5408), floats(9), null, floats(1), winners]),
    ).toEqual({
      sizes: '13x13x32 > 11x11x64, pooled',
      flop: 4_460_544,
    });
  });

  it('dense layers: 2 N I O', () => {
    expect(costOf('denseBackwardWeight', [32, 1600, 128])).toEqual({ sizes: '1600 > 128', flop: 13_107_200 });
  });

  it('pooling: images in and out, and the places of the winners', () => {
    const pool = { ...window, H: 26, W: 26, K: 32, R: 2, S: 2, P: 13, Q: 13, strideH: 2, strideW: 2 };
    // 21,632 elements in, 5,408 out
    expect(costOf('maxPoolForward', [pool, 2])).toEqual({ sizes: '26x26x32 > 13x13x32', bytes: 8 * 32_448 });
    expect(costOf('avgPoolBackward', [pool, 2])).toEqual({ sizes: '26x26x32 > 13x13x32', bytes: 8 * 27_040 });
  });

  it('the rest: as many elements of a vector as the sizes say, whatever room it has', () => {
    expect(costOf('reluForward', [100, floats(100), floats(128)])).toEqual({ sizes: '100', bytes: 800 });
    const inPlace = floats(100);
    expect(costOf('add', [100, inPlace, inPlace, floats(100)]).bytes).toBe(1200);
    const batchNorm = [
      50,
      4,
      1e-5,
      0.1,
      floats(200),
      floats(200),
      floats(4),
      null,
      ...[1, 2, 3, 4].map(() => floats(4)),
    ];
    expect(costOf('batchNormForward', batchNorm)).toEqual({
      sizes: '50 x 4',
      bytes: 4 * (200 + 200 + 5 * 4),
    });
  });
});

describe('where a step goes', () => {
  // every look at the clock takes a millisecond: a kernel takes 1, whatever it does
  let time = 0;
  const profile = profileStep(benchTask('mission', 2), 0.2, () => time++);

  it('finds the kernels of the real network, with their calls and costs', () => {
    const found = profile.kernels.map(({ kernel, sizes, calls }) => `${calls} ${kernel} ${sizes}`);
    expect(found).toEqual([
      '1 conv2dForward 28x28x1 > 26x26x32, pooled',
      '1 conv2dForward 13x13x32 > 11x11x64, pooled',
      '1 denseForward 1600 > 128',
      '1 reluForward 256',
      '1 denseForward 128 > 10',
      '1 softmaxCrossEntropy 2 x 10',
      '1 denseBackwardWeight 128 > 10',
      '1 denseBackwardInput 128 > 10',
      '1 reluBackward 256',
      '1 denseBackwardWeight 1600 > 128',
      '1 denseBackwardInput 1600 > 128',
      '1 conv2dBackwardWeight 13x13x32 > 11x11x64, pooled',
      '1 conv2dBackwardInput 13x13x32 > 11x11x64, pooled',
      '1 conv2dBackwardWeight 28x28x1 > 26x26x32, pooled',
      ...[288, 32, 18_432, 64, 204_800, 128, 1280, 10].map((length) => `1 adamStep ${length}`),
    ]);
    expect(profile.kernels[1].flop).toBe(2 * 4_460_544);
    expect(profile.kernels[3].bytes).toBe(2 * 4 * 256);
    expect(profile.kernels.at(-1)!.bytes).toBe(28 * 10);
  });

  it('divides the whole step: kernels, the optimizer beside them, the rest', () => {
    // a step looks at the clock 22 * 2 times in kernels, twice around the optimizer and once at its end: 47 ms;
    // in the update one passes before each of its 8 kernels and one at the end
    const { shares } = sharesOf(profile);
    const total = Object.values(shares).reduce((sum, share) => sum + share, 0);
    expect(total).toBeCloseTo(1, 12);
    const { steps } = profile;
    const elapsed = steps * 47 + 1;
    expect(shares.conv2dForward).toBeCloseTo((2 * steps) / elapsed, 12);
    expect(shares.reluBackward).toBeCloseTo(steps / elapsed, 12);
    expect(shares.adamStep).toBeCloseTo((8 * steps) / elapsed, 12);
    expect(shares.optimizer).toBeCloseTo((9 * steps) / elapsed, 12);
  });
});

it('relates rate and time of every kernel of a task, and the peak', () => {
  const { kernels, peak, shares } = kernelsSuite({ seconds: 0.001 }, [benchTask('mission', 1)]);
  expect(kernels).toHaveLength(22);
  expect(shares.map(({ task, batch }) => `${task} ${batch}`)).toEqual(['mission 1']);
  expect(peak.n).toBe(5 * 22);
  const conv2 = kernels.find(({ sizes }) => sizes === '13x13x32 > 11x11x64, pooled')!;
  expect(conv2.gflops!.median * conv2.microseconds).toBeCloseTo(4_460.544, 6);
  expect(conv2.gigabytesPerSecond).toBeUndefined();
  expect(conv2.ofPeak).toBeGreaterThan(0);
  const relu = kernels.find(({ kernel }) => kernel === 'reluForward')!;
  expect(relu.gigabytesPerSecond!.median * relu.microseconds).toBeCloseTo((2 * 4 * 128) / 1000, 6);
  expect(relu.gflops).toBeUndefined();
});
