import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { hasRelaxedSimd } from './kernelFile.ts';

/** Where it was measured: nothing that names the host, its user or a path. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** What Node can tell: whether the host takes relaxed SIMD, which no kernel uses. */
  readonly relaxedSimd: boolean;
  readonly memoryGigabytes: number;
  readonly os: string;
  readonly arch: string;
}

export interface Versions {
  readonly thalweg: string;
  readonly node: string;
  readonly v8: string;
}

export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    relaxedSimd: hasRelaxedSimd(),
    memoryGigabytes: Math.round(totalmem() / 1e8) / 10,
    os: `${process.platform} ${release()}`,
    arch: process.arch,
  };
}

export function versions(): Versions {
  const { node, v8 } = process.versions;
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return { thalweg: version, node, v8 };
}
