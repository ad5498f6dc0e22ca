/**
 * Runs the set of src/certify/environmentSet.ts in several environments and compares every state of every run with the committed ones:
 *
 *     npm run environments -- [name...] [--all] [--sources <folder>] [--keep <folder>]
 *
 * `name`: this-node, next-node, arm64 or chromium; all unless given. What an environment needs is fetched into a temporary folder, or kept
 * with `--keep`. One that cannot be had is told of; with `--all` or CI=true that is a failure. `--sources`: another copy of src to run in the Nodes.
 * Exit code 1 on any difference. docs/environments.md describes it.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { differences } from '../src/certify/compareStates.ts';
import type { RunStates } from '../src/certify/runStates.ts';
import { chromium } from './environments/chromium.ts';
import type { Environment } from './environments/environment.ts';
import { arm64, nextNode, thisNode } from './environments/nodes.ts';

const ENVIRONMENTS: Readonly<Record<string, Environment>> = {
  'this-node': thisNode,
  'next-node': nextNode,
  arm64,
  chromium,
};

const path = (relative: string) => fileURLToPath(new URL(`../${relative}`, import.meta.url));

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    all: { type: 'boolean', default: process.env.CI === 'true' },
    sources: { type: 'string', default: path('src') },
    keep: { type: 'string' },
  },
});
const names = positionals.length === 0 ? Object.keys(ENVIRONMENTS) : positionals;
const unknown = names.find((name) => !Object.hasOwn(ENVIRONMENTS, name));
if (unknown === undefined) process.exitCode = await compareAll();
else {
  console.error(`unknown environment: ${unknown}, known: ${Object.keys(ENVIRONMENTS).join(', ')}`);
  process.exitCode = 2;
}

async function compareAll(): Promise<number> {
  const expected: RunStates[] = JSON.parse(readFileSync(path('test/goldens/chains.json'), 'utf8'));
  const folder =
    options.keep === undefined ? mkdtempSync(join(tmpdir(), 'thalweg-places-')) : resolve(options.keep);
  mkdirSync(folder, { recursive: true });
  const work = { folder, sources: resolve(options.sources) };
  let code = 0;
  try {
    for (const name of names) {
      const start = performance.now();
      const result = await ENVIRONMENTS[name].run(work);
      const seconds = `${((performance.now() - start) / 1000).toFixed(1)} s`;
      if ('missing' in result) {
        if (options.all) code = 1;
        console.log(`${name.padEnd(10)} not run: ${result.missing}`);
        continue;
      }
      const different = differences(expected, result.runs);
      if (different.length > 0) code = 1;
      const same = expected.length - different.length;
      console.log(
        `${name.padEnd(10)} ${result.what.padEnd(24)} ${same} of ${expected.length} runs identical  ${seconds}`,
      );
      for (const line of different) console.log(`           ${line}`);
    }
  } finally {
    if (options.keep === undefined) rmSync(folder, { recursive: true, force: true });
  }
  return code;
}
