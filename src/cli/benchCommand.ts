import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type BenchReport, bench, SUITES } from '../bench/bench.ts';
import { PEERS } from '../bench/findPeers.ts';
import type { RunInWorkers } from '../bench/sweepSuite.ts';
import { suiteText } from '../bench/tables.ts';
import { InvalidInput, unknownName } from '../core/check.ts';
import type { RunListener } from '../sweep/runner.ts';
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
  const suites = options.suite === undefined ? SUITES : namesIn(options.suite, 'suite', SUITES);
  const peers = peersOf(options.peers);
  // a path that cannot be written should not cost a minute of measuring
  mkdirSync(HISTORY, { recursive: true });
  if (options.json !== undefined) {
    mkdirSync(dirname(options.json), { recursive: true });
    writeFileSync(options.json, '');
  }
  const { report, missing, failures } = await bench({
    suites,
    peers,
    seconds: options.time,
    runInWorkers,
    onProgress: (line) => console.error(line),
    onSuite: (suite, soFar) => console.log(suiteText(suite, soFar)),
  });
  for (const line of missing) console.error(`note: ${line}`);
  for (const line of failures) console.error(`failed: ${line}`);
  if (failures.length > 0) process.exitCode = 1;
  const text = `${JSON.stringify(report, null, 2)}\n`;
  const files = [join(HISTORY, historyName(report)), ...(options.json === undefined ? [] : [options.json])];
  for (const file of files) writeFileSync(file, text);
  console.log(`kept in ${files.join(' and ')}`);
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
  const listener: RunListener = {
    onEnd(_job, { record }) {
      if (record.outcome === 'failed') problems.push(record.reason ?? 'failed');
      onEnd();
    },
    onLost: (_job, { message }) => void problems.push(message),
    onCheckpoint() {},
  };
  await threadRunner({ workers }).run(runs, resources, listener, { stop: new AbortController().signal });
  if (problems.length > 0) throw new InvalidInput(`a run of the bench failed: ${problems[0]}`);
};
