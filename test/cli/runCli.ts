import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const LAUNCHER = fileURLToPath(new URL('../../scripts/thalweg.js', import.meta.url));
export const PUBLIC = new URL('../../src/index.ts', import.meta.url).href;

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command under way: what it has written so far, and its end. */
export interface Started {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  readonly end: Promise<Finished>;
}

/** Starts the real command line in `folder`, through the launcher, as a user would. */
export function startCli(folder: string, args: readonly string[], shell = '', launcher = LAUNCHER): Started {
  const { CI: _ci, ...env } = process.env;
  const command = [process.execPath, launcher, ...args];
  const child =
    shell === ''
      ? spawn(command[0], command.slice(1), { cwd: folder, env })
      : spawn('bash', ['-c', `${shell}; exec "$@"`, 'bash', ...command], { cwd: folder, env });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const end = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, stdout: () => stdout, stderr: () => stderr, end };
}

export function runCli(
  folder: string,
  args: readonly string[],
  shell = '',
  launcher = LAUNCHER,
): Promise<Finished> {
  return startCli(folder, args, shell, launcher).end;
}

/** A temporary folder with the given files; `thalweg` in an import stands for the package's public names. */
export function workFolder(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'thalweg-cli-'));
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text.replaceAll("from 'thalweg'", `from '${PUBLIC}'`));
  }
  return folder;
}

/** An experiment file around the body of `runs()`. */
export function experimentFile(body: string, imports = ''): string {
  return `import { cross, experiment, userOptimizer } from 'thalweg';
${imports}
const task = { data: { kind: 'synthGlyphs', train: 320, validation: 100, test: 100 }, model: { kind: 'mlp', hidden: [8] } };
const sgd = { kind: 'sgd', learningRate: 0.1 };
export default experiment({ title: 'A title', question: 'A question?', *runs() {
${body}
} });
`;
}
