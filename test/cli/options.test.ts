import { Command } from 'commander';
import { expect, it } from 'vitest';
import { addResultCommands, addRunCommands } from '../../src/cli/experimentCommands.ts';
import { addStoreCommands } from '../../src/cli/storeCommands.ts';

/** What every command of thalweg makes of some words. */
function parsed(name: string, args: readonly string[]): Record<string, unknown> {
  const program = new Command();
  for (const add of [addRunCommands, addResultCommands, addStoreCommands]) add(program);
  const path = name.split(' ');
  const found = path.reduce((at, word) => at.commands.find((each) => each.name() === word)!, program);
  found.parseOptions([...args]);
  return found.opts();
}

it.each(['run', 'plan', 'report', 'export', 'store list'])('%s takes --only more than once', (name) => {
  expect(parsed(name, ['--only', 'optimizer=adam']).only).toBe('optimizer=adam');
  expect(parsed(name, ['--only', 'optimizer=adam', '--only', 'seed=0,seed=1']).only).toBe(
    'optimizer=adam,seed=0,seed=1',
  );
});

it.each(['run', 'plan', 'report', 'export', 'store prune'])(
  '%s takes --accept-engine more than once',
  (name) => {
    expect(parsed(name, ['--accept-engine', 'abc', '--accept-engine', 'def']).acceptEngine).toBe('abc,def');
  },
);
