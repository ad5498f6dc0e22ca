/**
 * Writes test/goldens/chains.json: what every run of src/certify/environmentSet.ts leaves (`npm run chains`). Who changes it on purpose says
 * in CHANGELOG.md why, as for every golden digest.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type RunStates, setNames, statesOf } from '../src/certify/runStates.ts';

const runs: RunStates[] = [];
for (const name of setNames) runs.push(await statesOf(name));
const lines = runs.map((run) => JSON.stringify(run));
writeFileSync(
  fileURLToPath(new URL('../test/goldens/chains.json', import.meta.url)),
  `[\n${lines.join(',\n')}\n]\n`,
);
