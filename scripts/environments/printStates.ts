/**
 * Runs the set of src/certify/environmentSet.ts by the sources in a folder and prints the states of every run, a line each, as JSON:
 *
 *     node scripts/environments/printStates.ts <src or a copy of it> [--built]
 */
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, built] = process.argv.slice(2);
const file = (name: string) =>
  pathToFileURL(join(resolve(folder), 'certify', `${name}.${built === '--built' ? 'js' : 'ts'}`)).href;
const { setNames, statesOf }: typeof import('../../src/certify/runStates.ts') = await import(
  file('runStates')
);
for (const name of setNames) console.log(JSON.stringify(await statesOf(name)));
