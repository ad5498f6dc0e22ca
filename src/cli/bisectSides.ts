import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { otherSide } from '../certify/engineProcess.ts';
import { ownSide, type Side } from '../certify/side.ts';
import { InvalidInput } from '../core/check.ts';
import { checkSpec, dataKey, loadData, type Resources } from '../run/execute.ts';
import { loadUserOptimizers } from '../run/optimizer.ts';
import type { RunRecord } from '../run/record.ts';
import type { RunSpec } from '../run/spec.ts';
import { userOptimizer } from '../sweep/userOptimizer.ts';
import { isFile, type NamedRun, namedRun } from './recordSource.ts';
import { readRuns } from './runFile.ts';

/** What an argument of `thalweg bisect` names. */
export type Named =
  | ({ readonly kind: 'run' } & NamedRun)
  | { readonly kind: 'vectors'; readonly name: string };

/** A run, or a file of vectors. @throws InvalidInput as {@link namedRun}. */
export function named(text: string, store: string): Named {
  if (isFile(text) && /\.json$/.test(text) && readRuns(text).kind === 'vectors')
    return { kind: 'vectors', name: text };
  return { kind: 'run', ...namedRun(text, { store }) };
}

export interface SideOptions {
  /** The folder of the version that executes it; this one unless given. */
  readonly engine?: string | undefined;
  /** The file of a user's optimizer. */
  readonly optimizer?: string | undefined;
  readonly dataDir?: string | undefined;
}

/** @throws InvalidInput if the run cannot be executed: its data are missing, its spec does not fit them, there is no such engine. */
export async function sideOf(
  { spec, record }: { readonly spec: RunSpec; readonly record?: RunRecord | undefined },
  options: SideOptions,
): Promise<Side> {
  const { engine, optimizer, dataDir } = options;
  if (engine !== undefined) return otherSide(spec, { folder: engine, optimizer, dataDir }, record);
  return ownSide(spec, await resourcesOf(spec, options), record);
}

/** What the execution of a single spec needs. */
export async function resourcesOf(
  spec: RunSpec,
  { optimizer, dataDir }: Omit<SideOptions, 'engine'>,
): Promise<Resources> {
  const modules: Record<string, string> = {};
  if (optimizer !== undefined) {
    const file = resolve(optimizer);
    modules[userOptimizer(pathToFileURL(file), { learningRate: 1 }).sha256] = file;
  }
  if (spec.optimizer.kind === 'module' && !(spec.optimizer.sha256 in modules)) {
    throw new InvalidInput(
      `unknown user optimizer: ${spec.optimizer.name} (${spec.optimizer.sha256.slice(0, 12)}…) ` +
        `${optimizer === undefined ? 'was not given' : `is not what ${optimizer} holds`}; name its file with --optimizer`,
    );
  }
  const dataset = await loadData(spec.data, dataDir === undefined ? {} : { dataDir });
  checkSpec(spec, dataset, await loadUserOptimizers(spec, modules));
  return { datasets: { [dataKey(spec.data)]: dataset }, modules };
}
