import { type Command, Option } from 'commander';
import {
  acceptEngineOption,
  command,
  engineOption,
  limitNumber,
  onlyOption,
  outcomeOption,
  storeOption,
} from './options.ts';

/** `store` and what it does. */
export function addStoreCommands(program: Command): void {
  const store = command(program, 'store', 'lists, shows, prunes, merges and checks what is stored');
  command(store, 'list', 'lists the latest runs, and how many there are of each engine')
    .addOption(storeOption())
    .addOption(
      onlyOption(
        'for example optimizer=adam,seed=0: id, engine, outcome, optimizer, model, data, seed, learningRate, steps, thalweg',
      ),
    )
    .addOption(outcomeOption())
    .addOption(engineOption())
    .addOption(
      new Option('--limit <n>', 'rows at most; 20 unless given, with --json all').argParser(limitNumber),
    )
    .option('--json', 'one JSON object a line')
    .action(async (options) => (await import('./storeListCommand.ts')).storeListCommand(options));
  command(store, 'show', 'shows one run, and the command that runs it again')
    .argument('<id>', 'a run id or its beginning')
    .addOption(storeOption())
    .option('--json', 'print one JSON object')
    .option('--spec', 'print only the spec, as a plan of one run')
    .action(async (id, options) => (await import('./storeShowCommand.ts')).storeShowCommand(id, options));
  command(
    store,
    'prune',
    'removes records for which all of the given criteria hold, and checkpoints of other engines',
  )
    .addOption(storeOption())
    .addOption(engineOption())
    .addOption(outcomeOption())
    .option('--not-in <experiment...>', 'the runs that none of these experiments plans')
    .addOption(acceptEngineOption())
    .option(
      '--checkpoints',
      'also the checkpoints of this engine: runs that were interrupted then start anew',
    )
    .option('--yes', 'remove them; otherwise they are only counted')
    .action(async (options) => (await import('./storePruneCommand.ts')).storePruneCommand(options));
  command(store, 'merge', 'adds what other stores have; nothing is overwritten')
    .argument('<from...>', 'stores, of other machines for example')
    .addOption(storeOption())
    .action(async (from, options) =>
      (await import('./storeMergeCommand.ts')).storeMergeCommand(from, options),
    );
  command(store, 'check', 'checks the file, every record, its checksum and its id')
    .addOption(storeOption())
    .option('--json', 'print one JSON object')
    .action(async (options) => (await import('./storeCheckCommand.ts')).storeCheckCommand(options));
  command(store, 'migrate', 'brings a store of an older thalweg up to date')
    .addOption(storeOption())
    .action(async (options) => (await import('./storeCheckCommand.ts')).storeMigrateCommand(options));
}
