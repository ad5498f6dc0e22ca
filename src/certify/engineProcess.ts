import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidInput } from '../core/check.ts';
import { canonicalJson } from '../core/json.ts';
import type { RunRecord } from '../run/record.ts';
import type { RunSpec } from '../run/spec.ts';
import type { Side } from './side.ts';
import { decodeOperations, decodeStates } from './traceFile.ts';

export interface EngineFolder {
  /** Of a checkout or of an installed package. */
  readonly folder: string;
  /** The file of a user's optimizer. */
  readonly optimizer?: string | undefined;
  readonly dataDir?: string | undefined;
}

/**
 * A run on the engine of another folder, executed by the command line of that folder.
 * @throws InvalidInput if the folder holds no thalweg, or, when it is asked, one that cannot trace or refuses the spec.
 */
export function otherSide(
  spec: RunSpec,
  { folder, optimizer, dataDir }: EngineFolder,
  record?: RunRecord,
): Side {
  const launcher = join(folder, 'scripts', 'thalweg.js');
  if (!existsSync(launcher)) {
    throw new InvalidInput(
      `invalid engine folder: got ${folder}, expected a checkout or an installed package of thalweg; there is no ${launcher}`,
    );
  }
  const ask = async <T>(options: readonly string[], decode: (bytes: Uint8Array) => T): Promise<T> => {
    const work = mkdtempSync(join(tmpdir(), 'thalweg-trace-'));
    try {
      const [specFile, out] = [join(work, 'spec.json'), join(work, 'trace')];
      writeFileSync(specFile, canonicalJson(spec));
      const place = [
        ...(dataDir === undefined ? [] : ['--data-dir', dataDir]),
        ...(optimizer === undefined ? [] : ['--optimizer', optimizer]),
      ];
      await perform(folder, launcher, ['trace', specFile, '--out', out, ...options, ...place]);
      return read(folder, out, decode);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  };
  return {
    spec,
    record,
    isOther: true,
    states: (until) => ask(until === undefined ? [] : ['--until', String(until)], decodeStates),
    operations: (step) => ask(['--step', String(step)], decodeOperations),
  };
}

/** Runs the other command line. @throws InvalidInput with its own words if it cannot do what it was asked. */
async function perform(folder: string, launcher: string, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [launcher, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code === 0) return;
  if (/unknown command/.test(said)) {
    throw new InvalidInput(
      `invalid engine folder: the thalweg of ${folder} has no command trace, so it cannot show its steps; take a version that has it`,
    );
  }
  throw new InvalidInput(
    `invalid engine folder: the thalweg of ${folder} could not trace the run: ${reasonIn(said) ?? `it ended with ${code}`}`,
  );
}

/** The error in what the other command line has said: its own words, or the line with the error above a stack trace and where it is. */
function reasonIn(said: string): string | undefined {
  const lines = said.trim().split('\n');
  const at = lines.findIndex((line) => /^\w*Error\b.*: /.test(line));
  if (at < 0) return lines[0].replace(/^thalweg: /, '') || undefined;
  const [file] = lines.slice(0, at).flatMap((line) => /^(?:file:\/\/)?(\/\S+:\d+)$/.exec(line)?.[1] ?? []);
  return file === undefined ? lines[at] : `${lines[at]} (${file})`;
}

function read<T>(folder: string, path: string, decode: (bytes: Uint8Array) => T): T {
  try {
    if (statSync(path).size === 0) throw new Error('it wrote nothing');
    return decode(readFileSync(path));
  } catch (cause) {
    const { message } = cause as Error;
    throw new InvalidInput(
      `invalid engine folder: what the thalweg of ${folder} traced cannot be read: ${message}`,
      { cause },
    );
  }
}
