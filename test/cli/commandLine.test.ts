import { expect, it } from 'vitest';
import {
  acceptedOf,
  againCommand,
  commandLine,
  DEFAULT_STORE,
  shellWord,
} from '../../src/cli/commandLine.ts';

it('leaves out what has its default', () => {
  expect(commandLine('run', 'a.ts', { store: DEFAULT_STORE, acceptEngine: acceptedOf(['here']) })).toBe(
    'npx thalweg run a.ts',
  );
  expect(commandLine('report', 'a.ts', { only: 'seed=0', out: 'FOLDER' })).toBe(
    'npx thalweg report a.ts --only seed=0 --out FOLDER',
  );
});

it('names the engines that were accepted beside the present one', () => {
  const acceptEngine = acceptedOf(['here', 'a'.repeat(64), 'b'.repeat(64)]);
  expect(commandLine('run', 'a.ts', { acceptEngine })).toBe(
    'npx thalweg run a.ts --accept-engine aaaaaaaaaaaa,bbbbbbbbbbbb',
  );
});

it('runs a failed run in the main thread, a lost one in a worker, and quotes what a shell would take apart', () => {
  const place = { store: 'my store.sqlite', dataDir: "it's/here" };
  expect(againCommand('my runs.ts', 'r0123456789abcdef', true, place)).toBe(
    "npx thalweg run 'my runs.ts' --only id=r0123456789a --workers 0 --retry failed --store 'my store.sqlite' --data-dir 'it'\\''s/here'",
  );
  expect(againCommand('a.ts', 'r0123456789abcdef', false, { timeLimit: '3s', out: 'there' })).toBe(
    'npx thalweg run a.ts --only id=r0123456789a --workers 1 --time-limit 3s --out there',
  );
  expect(shellWord('$HOME')).toBe("'$HOME'");
});
