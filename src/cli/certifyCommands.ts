import { availableParallelism } from 'node:os';
import { type Command, Option } from 'commander';
import {
  command,
  dataDirOption,
  limitNumber,
  onlyOption,
  positiveCount,
  storeOption,
  wholeNumber,
} from './options.ts';

const engineOption = () =>
  new Option(
    '--engine <digest>',
    'the records of this version of the engine (its first digits are enough); those of the present one where there are such, unless given',
  );
const workersOption = () =>
  new Option('--workers <n>', 'runs at a time; 0: in the main thread')
    .default(availableParallelism(), 'the number of cores')
    .argParser(wholeNumber);

/** `verify`, `replay` and `golden`. */
export function addCertifyCommands(program: Command): void {
  command(program, 'verify', 'executes runs again and compares with their records, link by link')
    .argument(
      '<target>',
      'a run (the beginning of its id), experiment.ts, a store, or a file of exported records',
    )
    .addOption(workersOption())
    .addOption(storeOption())
    .addOption(onlyOption())
    .addOption(
      new Option('--sample <n>', 'only so many of the runs, drawn by --seed').argParser(positiveCount),
    )
    .addOption(new Option('--seed <n>', 'of the sample').default(0).argParser(limitNumber))
    .addOption(engineOption())
    .addOption(dataDirOption())
    .option('--json', 'print one JSON object a run, then one of all')
    .action(async (target, options) => (await import('./verifyCommand.ts')).verifyCommand(target, options));

  command(
    program,
    'replay',
    'makes steps of a finished run again with other probes, and proves that it is the same run',
  )
    .argument('<run>', 'the beginning of its id; or an experiment or a file of exported records, with --only')
    .requiredOption('--steps <range>', 'a step, or the first and the last one: 400..437')
    .option(
      '--probe <list>',
      'probes with commas between (thalweg list probes), at every step unless deadUnits:every=2 says otherwise',
    )
    .addOption(storeOption())
    .addOption(onlyOption())
    .addOption(engineOption())
    .addOption(dataDirOption())
    .option('--csv', 'print comma-separated values, and the proof on standard error')
    .option('--json', 'print one JSON object')
    .action(async (run, options) => (await import('./replayCommand.ts')).replayCommand(run, options));

  const golden = command(
    program,
    'golden',
    'golden trajectories: keeps those of a set of runs, finds what has moved',
  );
  const over = (name: string, description: string) =>
    command(golden, name, description)
      .argument('[folder]', 'where the goldens are; those of thalweg itself unless given')
      .option('--experiment <file>', 'the runs of this experiment instead of those that cover the catalogue')
      .addOption(dataDirOption());
  over('check', 'executes the runs of the set again and says which have moved, from where on and by how much')
    .option('--json', 'print one JSON object')
    .action(async (folder, options) =>
      (await import('./goldenCommand.ts')).goldenCheckCommand(folder, options),
    );
  over(
    'record',
    'keeps the trajectories as they are; not what moved without a new version of the numerics',
  ).action(async (folder, options) =>
    (await import('./goldenCommand.ts')).goldenRecordCommand(folder, options),
  );
}
