import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PeerError, type PeerProcess, startPeer } from './peerProcess.ts';

export const PEERS = ['torch', 'tfjs'] as const;
export type PeerName = (typeof PEERS)[number];

/** The interpreters that are asked for PyTorch, in this order. */
const PYTHONS = ['python3', '/usr/bin/python3'];
const TORCH = fileURLToPath(new URL('../../scripts/peers/torch.py', import.meta.url));
const TFJS = fileURLToPath(new URL('../../scripts/peers/tfjs.js', import.meta.url));
const TFJS_VERSION = '4.22.0';

/** @throws PeerError that says what was tried and how to get it, if it is not there. */
export function openPeer(name: PeerName): Promise<PeerProcess> {
  return name === 'torch' ? openTorch() : openTfjs();
}

/** PyTorch in the first Python that has it. @throws PeerError */
export async function openTorch(pythons: readonly string[] = PYTHONS, script = TORCH): Promise<PeerProcess> {
  const tried: string[] = [];
  for (const python of pythons) {
    try {
      return await startPeer(python, [script]);
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      tried.push(error.message);
    }
  }
  throw new PeerError(
    `no Python with PyTorch: ${tried.join('; ')}; install it with apt-get install python3-torch libopenblas0-pthread, ` +
      'or with pip install torch into the python3 on the PATH',
  );
}

/** TensorFlow.js from the npm registry in a temporary folder, which is removed with the peer. @throws PeerError */
async function openTfjs(): Promise<PeerProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'thalweg-tfjs-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    writeFileSync(join(folder, 'package.json'), '{}');
    const args = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    execFileSync('npm', [...args, `@tensorflow/tfjs@${TFJS_VERSION}`], { cwd: folder, stdio: 'pipe' });
    const peer = await startPeer(process.execPath, [TFJS, folder]);
    return {
      ...peer,
      close() {
        peer.close();
        remove();
      },
    };
  } catch (cause) {
    remove();
    const { message } = cause as Error;
    throw new PeerError(
      `no TensorFlow.js: ${message.trim()}; it is fetched with npm and needs the registry`,
      { cause },
    );
  }
}
