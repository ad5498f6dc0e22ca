import type { Spread } from '../stats/summary.ts';
import { engineSuite, type StepResult } from './engineSuite.ts';
import { type PeerName, openPeer as realPeer } from './findPeers.ts';
import { kernelDigest } from './kernelFile.ts';
import { type KernelResult, kernelsSuite, type StepShares } from './kernelsSuite.ts';
import { type Machine, machine, type Versions, versions } from './machine.ts';
import { ROUNDS } from './measure.ts';
import { type OptimizerResult, optimizersSuite } from './optimizersSuite.ts';
import { PeerError, type PeerProcess } from './peerProcess.ts';
import { comparePeer, comparisons, type PeerResult } from './peersSuite.ts';
import { type RunInWorkers, type SweepResults, sweepSuite } from './sweepSuite.ts';

export const SUITES = ['engine', 'kernels', 'optimizers', 'sweep'] as const;
export type Suite = (typeof SUITES)[number];

/** What `thalweg bench --json` writes. Suites that were not asked for are missing. */
export interface BenchReport extends Partial<SweepResults> {
  readonly schema: 1;
  readonly date: string;
  readonly machine: Machine;
  readonly versions: Versions;
  /** SHA-256 of the compiled kernels. */
  readonly kernelDigest: string;
  /** `--time` */
  readonly secondsAMeasurement: number;
  /** Training steps. */
  results?: readonly StepResult[];
  /** GFLOP/s that strict SIMD reaches at most. */
  peak?: Spread;
  kernels?: readonly KernelResult[];
  shares?: readonly StepShares[];
  optimizers?: readonly OptimizerResult[];
  peers?: PeerResult[];
}

export interface BenchOptions {
  readonly suites: readonly Suite[];
  readonly peers: readonly PeerName[];
  /** Time of one measurement. */
  readonly seconds: number;
  readonly runInWorkers: RunInWorkers;
  /** Hears what is being measured. */
  readonly onProgress: (line: string) => void;
  /** Hears of every suite that is done. */
  readonly onSuite: (suite: Suite | 'peers', report: BenchReport) => void;
  readonly openPeer?: (name: PeerName) => Promise<PeerProcess>;
}

/** What was measured, and what could not be. */
export interface BenchResult {
  readonly report: BenchReport;
  /** Peers that are not there: no failure. */
  readonly missing: readonly string[];
  /** Peers that ended too early. */
  readonly failures: readonly string[];
}

/** Measures the suites one after the other, then thalweg against its peers. */
export async function bench(options: BenchOptions): Promise<BenchResult> {
  const { suites, peers, seconds, onSuite } = options;
  const report: BenchReport = {
    ...{ schema: 1, date: new Date().toISOString(), machine: machine(), versions: versions() },
    ...{ kernelDigest: kernelDigest(), secondsAMeasurement: seconds },
  };
  for (const suite of SUITES.filter((name) => suites.includes(name))) {
    Object.assign(report, await runSuite(suite, options));
    onSuite(suite, report);
  }
  const missing: string[] = [];
  const failures: string[] = [];
  for (const name of peers) {
    report.peers ??= [];
    await runPeer(name, options, report.peers, missing, failures);
  }
  if (peers.length > 0) onSuite('peers', report);
  return { report, missing, failures };
}

async function runSuite(suite: Suite, options: BenchOptions): Promise<Partial<BenchReport>> {
  const { suites, seconds, runInWorkers, onProgress } = options;
  const onRound = (round: number) => onProgress(`${suite}: round ${round} of ${ROUNDS}`);
  if (suite === 'engine') return { results: engineSuite({ seconds, onRound }) };
  if (suite === 'optimizers') return { optimizers: optimizersSuite({ seconds, onRound }) };
  if (suite === 'kernels')
    return kernelsSuite({ seconds }, undefined, ({ name, batch }) =>
      onProgress(`kernels: ${name}, batch ${batch}`),
    );
  const onPart = (part: string) => onProgress(`sweep: ${part}`);
  return sweepSuite({ seconds, runInWorkers, long: suites.length === 1, onPart });
}

/** Matrix products below this are those of a generic BLAS. */
const SLOW_BLAS = 20;

async function runPeer(
  name: PeerName,
  { seconds, onProgress, openPeer = realPeer }: BenchOptions,
  results: PeerResult[],
  missing: string[],
  failures: string[],
): Promise<void> {
  onProgress(`${name}: starting`);
  let peer: PeerProcess;
  try {
    peer = await openPeer(name);
  } catch (error) {
    if (!(error instanceof PeerError)) throw error;
    missing.push(error.message);
    return;
  }
  const warning = slowBlas(peer);
  if (warning !== undefined) missing.push(warning);
  try {
    await comparePeer(peer, comparisons()[name], { seconds }, (result) => {
      results.push(result);
      onProgress(`${name}: ${result.task}, batch ${result.batch} done`);
    });
  } catch (error) {
    if (!(error instanceof PeerError)) throw error;
    failures.push(error.message);
  } finally {
    peer.close();
  }
}

/** A warning, if the peer's matrix products are too slow for a fair comparison. */
export function slowBlas({ greeting }: Pick<PeerProcess, 'greeting'>): string | undefined {
  const { peer, blasGflops } = greeting;
  if (blasGflops === undefined || blasGflops >= SLOW_BLAS) return undefined;
  return (
    `${peer} has a slow BLAS: a matrix product runs at ${blasGflops.toFixed(1)} GFLOP/s, expected at least ${SLOW_BLAS}; ` +
    'the comparison is unfair to it until one such as libopenblas0-pthread is installed'
  );
}
