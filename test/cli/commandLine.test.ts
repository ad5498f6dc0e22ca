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
    'thalweg run a.ts',
  );
  expect(commandLine('report', 'a.ts', { only: 'seed=0', out: 'FOLDER' })).toBe(
    'thalweg report a.ts --only seed=0 --out FOLDER',
  );
});

it('names the engines that were accepted beside the present one', () => {
  const acceptEngine = acceptedOf(['here', 'a'.repeat(64), 'b'.repeat(64)]);
  expect(commandLine('run', 'a.ts', { acceptEngine })).toBe(
    'thalweg run a.ts --accept-engine aaaaaaaaaaaa,bbbbbbbbbbbb',
  );
});

it('quotes what a shell would take apart', () => {
  const place = { store: 'my store.sqlite', dataDir: "it's/here" };
  expect(againCommand('my runs.ts', 'r0123456789abcdef', true, place)).toBe(
    "thalweg run 'my runs.ts' --only id=r0123456789a --workers 0 --retry failed --store 'my store.sqlite' --data-dir 'it'\\''s/here'",
  );
  expect(shellWord('$HOME')).toBe("'$HOME'");
});
