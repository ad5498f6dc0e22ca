import { expect, it } from 'vitest';
import type { BenchReport } from '../../src/bench/bench.ts';
import { suiteText } from '../../src/bench/tables.ts';

const spread = (median: number) => ({ n: 5, median, min: 0.9 * median, max: 1.1 * median });
const base: BenchReport = {
  ...{ schema: 1, date: '2026-07-01T12:30:05.123Z', kernelDigest: 'ab', secondsAMeasurement: 0.2 },
  machine: { cpu: 'A', cores: 2, relaxedSimd: true, memoryGigabytes: 8, os: 'linux 6', arch: 'x64' },
  versions: { thalweg: '0.1.0', node: '24', v8: '13' },
};
const mission = { task: 'mission', batch: 32 } as const;

it('shows the training steps', () => {
  const result = { ...mission, optimizer: 'adam', convolution: 'direct', imagesPerSecond: 2344.4 };
  const results = [{ ...result, spread: spread(2344.4), millisecondsPerStep: 13.65 }];
  expect(suiteText('engine', { ...base, results })).toBe(
    `Training: whole steps, data in memory; median (lowest to highest round)
task     optimizer  convolution  batch  images/s                    ms a step
-----------------------------------------------------------------------------
mission  adam       direct          32     2,344  (2,110 to 2,579)       13.7
`,
  );
});

it('shows where a step goes, the largest first and the small ones together, and fits into 100 columns', () => {
  const conv = {
    ...mission,
    calls: 1,
    gflops: spread(40.04),
    ofPeak: 0.801,
    sizes: '16x16x128 > 16x16x128, 5x5',
  };
  const kernels = [
    { ...conv, kernel: 'conv2dForward', microseconds: 123_456, share: 0.2 },
    { ...conv, kernel: 'conv2dBackwardWeight', microseconds: 1.234, share: 0.7 },
    {
      ...mission,
      kernel: 'add',
      sizes: '9',
      calls: 3,
      microseconds: 12.34,
      gigabytesPerSecond: spread(9),
      share: 0.004,
    },
  ];
  const shares = [{ ...mission, shares: { conv2dForward: 0.2, optimizer: 0.09, rest: 0.006, add: 0.004 } }];
  const text = suiteText('kernels', { ...base, peak: spread(50), kernels, shares });
  expect(text).toBe(
    `Kernels: peak of strict WASM SIMD 50.0 GFLOP/s (45.0 to 55.0)

mission, batch 32: where a training step goes
kernel                sizes                       calls       us  GFLOP/s  of peak  GB/s  of step
-------------------------------------------------------------------------------------------------
conv2dBackwardWeight  16x16x128 > 16x16x128, 5x5      1     1.23     40.0   0.80 x          70.0%
conv2dForward         16x16x128 > 16x16x128, 5x5      1  123,456     40.0   0.80 x          20.0%
1 kernel below 0.5%                                                                          0.4%
optimizer's own code                                                                         9.0%
the rest                                                                                     0.6%
`,
  );
});

it('shows optimizers, sweeps and peers', () => {
  const optimizer = {
    optimizer: 'adam',
    parameters: 1e6,
    bytesPerParameter: 28,
    milliseconds: 9.37,
  } as const;
  const ofCopy = { ratio: 0.512, min: 0.4, max: 0.6 };
  const rates = { gigabytesPerSecond: spread(3), copyGigabytesPerSecond: spread(30) };
  const optimizers = suiteText('optimizers', {
    ...base,
    optimizers: [{ ...optimizer, ...rates, ofCopy, ofSmallCopy: ofCopy }],
  });
  expect(optimizers.split('\n')[3]).toBe(
    'adam                      28       9.37   3.0       30.0   0.51 x  (0.40 to 0.60)         0.51 x',
  );
  const sweep = suiteText('sweep', {
    ...base,
    overhead: { millisecondsPerRun: spread(8), firstRunMilliseconds: 412.3 },
    probes: {
      ...mission,
      default: { ofStep: 0.031, min: 0.02, max: 0.04 },
      everyStep: { ofStep: 0.4, min: 0.3, max: 0.5 },
    },
    chains: [
      { ...mission, every: 2, ofStep: 0.011, min: 0.008, max: 0.012 },
      { ...mission, every: 1, ofStep: 0.004, min: 0.004, max: 0.006 },
    ],
    evaluation: {
      ...mission,
      imagesPerSecond: spread(5000),
      forwardImagesPerSecond: spread(5100),
      ofForward: ofCopy,
    },
    scaling: { runs: 6, seconds: { 1: 7.6, 2: 4 }, ratio: { ratio: 1.9, min: 1.8, max: 2 } },
  });
  expect(sweep).toBe(
    `Sweeps: what a run costs beside its steps; median (lowest to highest)
run of no steps  8.00 ms    (7.20 to 8.80)  in a warm worker
first run         412 ms                    with the start of its worker
default probes      3.1%    (2.0% to 4.0%)  of a step, at their cadence
all probes         40.0%  (30.0% to 50.0%)  of a step, at every step
hash chain          1.1%    (0.8% to 1.2%)  of a step, mission, batch 32, a link every 2 steps
hash chain          0.4%    (0.4% to 0.6%)  of a step, mission, batch 32, a link a step
evaluation        0.51 x    (0.40 to 0.60)  of the forward pass in training, 5,000 of 5,100 images/s
2 workers         1.90 x    (1.80 to 2.00)  of 1 worker, 6 runs in 7.60 s and 4.00 s
`,
  );
  const peer = {
    ...mission,
    optimizer: 'adam',
    convolution: 'direct',
    peer: 'PyTorch',
    version: '2.1',
    better: 'b',
  };
  const both = { a: spread(1000), b: spread(2.5) };
  const ratios = { a: { ratio: 2.345, min: 2, max: 3 }, b: ofCopy };
  const result = { ...peer, imagesPerSecond: spread(2345), peerImagesPerSecond: both, ratios };
  expect(suiteText('peers', { ...base, peers: [result] })).toBe(
    `Peers in alternation: PyTorch 2.1; images/s, ratio (lowest to highest round); better: the peer's faster variant
task     convolution  peer       batch  thalweg   peer   ratio
--------------------------------------------------------------
mission  direct       PyTorch a     32    2,345  1,000  2.35 x  (2.00 to 3.00)
mission  direct       PyTorch b     32    2,345   2.50  0.51 x  (0.40 to 0.60)  better
`,
  );
  expect(suiteText('peers', { ...base, peers: [] })).toBe('');
});
