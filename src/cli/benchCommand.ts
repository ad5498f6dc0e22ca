import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BenchReport, bench, SUITES } from '../bench/bench.ts';
import { PEERS } from '../bench/findPeers.ts';
import type { RunInWorkers } from '../bench/sweepSuite.ts';
import { suiteText } from '../bench/tables.ts';
import { InvalidInput, unknownName } from '../core/check.ts';
import { threadRunner } from '../sweep/threadRunner.ts';

export interface BenchCommandOptions {
  /** Names with commas between; all suites unless given. */
  readonly suite?: string;
  /** Names with commas between; `true` where none is named. */
  readonly peers?: string | true;
  /** Seconds of one measurement. */
  readonly time: number;
  readonly json?: string;
}

const HISTORY = join('results', 'bench');

/** `thalweg bench`: measures this machine and keeps what it measured in results/bench. */
export async function benchCommand(options: BenchCommandOptions): Promise<void> {
  const { report, missing, failures } = await bench({
    suites: options.suite === undefined ? SUITES : namesIn(options.suite, 'suite', SUITES),
    peers: peersOf(options.peers),
    seconds: options.time,
    runInWorkers,
    onProgress: (line) => console.error(line),
    onSuite: (suite, soFar) => console.log(suiteText(suite, soFar)),
  });
  for (const line of missing) console.error(`note: ${line}`);
  for (const line of failures) console.error(`failed: ${line}`);
  if (failures.length > 0) process.exitCode = 1;
  const text = `${JSON.stringify(report, null, 2)}\n`;
  mkdirSync(HISTORY, { recursive: true });
  const kept = join(HISTORY, historyName(report));
  for (const file of [kept, ...(options.json === undefined ? [] : [options.json])]) writeFileSync(file, text);
  console.log(`kept in ${kept}`);
}

/** `2026-07-01T12-30-05.json`: sorted by name is sorted by time. */
export function historyName({ date }: Pick<BenchReport, 'date'>): string {
  return `${date.slice(0, 19).replaceAll(':', '-')}.json`;
}

function peersOf(peers: string | true | undefined) {
  if (peers === undefined) return [];
  return peers === true ? (['torch'] as const) : namesIn(peers, 'peer', PEERS);
}

function namesIn<T extends string>(list: string, what: string, known: readonly T[]): T[] {
  return list.split(',').map((name) => {
    const found = known.find((candidate) => candidate === name.trim());
    if (found === undefined) throw unknownName(what, name.trim(), known);
    return found;
  });
}

/** A sweep without a store. */
const runInWorkers: RunInWorkers = async (runs, resources, workers, onEnd) => {
  const problems: string[] = [];
  const listener = {
    onRecord({ outcome }: { outcome: { kind: string; message?: string } }) {
      if (outcome.kind === 'failed') problems.push(outcome.message ?? 'failed');
      onEnd();
    },
    onLost: (_run: unknown, message: string) => void problems.push(message),
  };
  await threadRunner({ workers }).run(runs, resources, listener, new AbortController().signal);
  if (problems.length > 0) throw new InvalidInput(`a run of the bench failed: ${problems[0]}`);
};
