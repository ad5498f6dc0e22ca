import { count } from '../report/format.ts';
import type { BenchReport, Suite } from './bench.ts';
import type { KernelResult, StepShares } from './kernelsSuite.ts';
import type { PeerResult } from './peersSuite.ts';
import type { ProbeCost } from './probeCost.ts';
import type { SweepResults } from './sweepSuite.ts';

/** The tables of a suite as text, at most 100 columns wide. */
export function suiteText(suite: Suite | 'peers', report: BenchReport): string {
  if (suite === 'engine') return engineText(report);
  if (suite === 'kernels') return kernelsText(report);
  if (suite === 'optimizers') return optimizersText(report);
  return suite === 'sweep' ? sweepText(report as SweepResults) : peersText(report.peers ?? []);
}

type Cell = string;

/** A title, a head and a rule unless the head is empty, and the rows. `sides` has an l or an r for each column. */
export function textTable(
  title: string,
  sides: string,
  head: readonly Cell[],
  rows: readonly (readonly Cell[])[],
): string {
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i].length)));
  const line = (row: readonly Cell[]) =>
    row
      .map((cell, i) => (sides[i] === 'l' ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd();
  const top = line(head);
  return [title, ...(top === '' ? [] : [top, '-'.repeat(top.length)]), ...rows.map(line), ''].join('\n');
}

function engineText({ results = [] }: BenchReport): string {
  return textTable(
    'Training: whole steps, data in memory; median (lowest to highest round)',
    'lllrrrr',
    ['task', 'optimizer', 'convolution', 'batch', 'images/s', '', 'ms a step'],
    results.map(({ task, optimizer, convolution, batch, imagesPerSecond, spread, millisecondsPerStep }) => [
      ...[task, optimizer, convolution, String(batch)],
      ...[whole(imagesPerSecond), range(spread, whole), digits(millisecondsPerStep)],
    ]),
  );
}

/** Kernels with a smaller share of a step stand in the JSON only. */
const SHOWN_SHARE = 0.005;

function kernelsText({ peak, kernels = [], shares = [] }: BenchReport): string {
  const title = `Kernels: peak of strict WASM SIMD ${peak === undefined ? '' : `${tenths(peak.median)} GFLOP/s ${range(peak, tenths)}`}`;
  return [`${title}\n`, ...shares.map((step) => stepText(step, kernels))].join('\n');
}

function stepText({ task, batch, shares }: StepShares, all: readonly KernelResult[]): string {
  const own = all.filter((kernel) => kernel.task === task && kernel.batch === batch);
  const shown = own.filter(({ share }) => share >= SHOWN_SHARE).toSorted((a, b) => b.share - a.share);
  const small = own.filter(({ share }) => share < SHOWN_SHARE);
  const sum = small.reduce((total, { share }) => total + share, 0);
  const extra = (name: string, share: number) => [name, '', '', '', '', '', '', percent(share)];
  return textTable(
    `${task}, batch ${batch}: where a training step goes`,
    'llrrrrrr',
    ['kernel', 'sizes', 'calls', 'us', 'GFLOP/s', 'of peak', 'GB/s', 'of step'],
    [
      ...shown.map(kernelRow),
      ...(small.length === 0
        ? []
        : [extra(`${count(small.length, 'kernel')} below ${percent(SHOWN_SHARE)}`, sum)]),
      extra("optimizer's own code", shares.optimizer),
      extra('the rest', shares.rest),
    ],
  );
}

function kernelRow({ kernel, sizes, calls, share, ...rest }: KernelResult): string[] {
  const { microseconds, gflops, ofPeak, gigabytesPerSecond } = rest;
  return [
    ...[kernel, sizes, String(calls), digits(microseconds)],
    gflops === undefined ? '' : tenths(gflops.median),
    ofPeak === undefined ? '' : `${ofPeak.toFixed(2)} x`,
    gigabytesPerSecond === undefined ? '' : tenths(gigabytesPerSecond.median),
    percent(share),
  ];
}

function optimizersText({ optimizers = [] }: BenchReport): string {
  return textTable(
    'Optimizers: a step on a million parameters against a copy in memory, and a copy of as many bytes',
    'lrrrrrrr',
    ['optimizer', 'bytes a parameter', 'ms a step', 'GB/s', 'copy GB/s', 'of copy', '', 'of small copy'],
    optimizers.map((result) => [
      ...[result.optimizer, String(result.bytesPerParameter), digits(result.milliseconds)],
      ...[tenths(result.gigabytesPerSecond.median), tenths(result.copyGigabytesPerSecond.median)],
      ...[`${result.ofCopy.ratio.toFixed(2)} x`, range(result.ofCopy, hundredths)],
      `${result.ofSmallCopy.ratio.toFixed(2)} x`,
    ]),
  );
}

function sweepText({ overhead, probes, chains, evaluation, scaling }: SweepResults): string {
  const { millisecondsPerRun, firstRunMilliseconds } = overhead;
  const { imagesPerSecond, forwardImagesPerSecond, ofForward } = evaluation;
  const rates = `${whole(imagesPerSecond.median)} of ${whole(forwardImagesPerSecond.median)} images/s`;
  const seconds = `${digits(scaling.seconds[1])} s and ${digits(scaling.seconds[2])} s`;
  const share = (name: string, cost: ProbeCost, when: string) => [
    ...[name, percent(cost.ofStep), range(cost, percent), `of a step, ${when}`],
  ];
  return textTable(
    'Sweeps: what a run costs beside its steps; median (lowest to highest)',
    'lrrl',
    ['', '', '', ''],
    [
      [
        ...['run of no steps', `${digits(millisecondsPerRun.median)} ms`],
        ...[range(millisecondsPerRun, digits), 'in a warm worker'],
      ],
      ['first run', `${whole(firstRunMilliseconds)} ms`, '', 'with the start of its worker'],
      share('default probes', probes.default, 'at their cadence'),
      share('all probes', probes.everyStep, 'at every step'),
      ...chains.map((cost) =>
        share(
          'hash chain',
          cost,
          `${cost.task}, batch ${cost.batch}, a link ${cost.every === 1 ? 'a step' : `every ${cost.every} steps`}`,
        ),
      ),
      [
        ...['evaluation', `${digits(ofForward.ratio)} x`, range(ofForward, hundredths)],
        `of the forward pass in training, ${rates}`,
      ],
      [
        ...['2 workers', `${digits(scaling.ratio.ratio)} x`, range(scaling.ratio, hundredths)],
        `of 1 worker, ${count(scaling.runs, 'run')} in ${seconds}`,
      ],
    ],
  );
}

function peersText(peers: readonly PeerResult[]): string {
  if (peers.length === 0) return '';
  const rows = peers.flatMap((result) =>
    Object.entries(result.ratios).map(([variant, ratio]) => [
      ...[result.task, result.convolution, `${result.peer} ${variant}`, String(result.batch)],
      ...[digits(result.imagesPerSecond.median), digits(result.peerImagesPerSecond[variant].median)],
      ...[`${digits(ratio.ratio)} x`, range(ratio, digits), isBetter(result, variant) ? 'better' : ''],
    ]),
  );
  const names = [...new Set(peers.map(({ peer, version }) => `${peer} ${version}`))].join(', ');
  return textTable(
    `Peers in alternation: ${names}; images/s, ratio (lowest to highest round); better: the peer's faster variant`,
    'lllrrrrrl',
    ['task', 'convolution', 'peer', 'batch', 'thalweg', 'peer', 'ratio', '', ''],
    rows,
  );
}

/** Marked where there is a choice. */
const isBetter = ({ better, ratios }: PeerResult, variant: string) =>
  variant === better && Object.keys(ratios).length > 1;

const whole = (value: number) => Math.round(value).toLocaleString('en-US');
const tenths = (value: number) => value.toFixed(1);
const hundredths = (value: number) => value.toFixed(2);
const percent = (value: number) => `${(100 * value).toFixed(1)}%`;

/** Three digits, or all that stand before the point. */
function digits(value: number): string {
  if (value >= 100) return whole(value);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function range(
  { min, max }: { readonly min: number; readonly max: number },
  format: (value: number) => string,
): string {
  return `(${format(min)} to ${format(max)})`;
}
