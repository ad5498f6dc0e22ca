import { availableParallelism } from 'node:os';
import { type Command, Option } from 'commander';
import {
  command,
  dataDirOption,
  limitNumber,
  onlyOption,
  positiveCount,
  stepNumber,
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

/** `verify`, `replay`, `fork`, `bisect`, `trace`, `sensitivity` and `golden`. */
export function addCertifyCommands(program: Command): void {
  addVerification(program);
  addForks(program);
  addDifferences(program);
  addGolden(program);
}

function addVerification(program: Command): void {
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
}

function addForks(program: Command): void {
  command(program, 'fork', 'the same run up to a step, then with other options: both side by side')
    .argument('<run>', 'the beginning of a stored id, or a file with a record or a spec')
    .addOption(
      new Option('--at <step>', 'the last step that both have').argParser(stepNumber).makeOptionMandatory(),
    )
    .addOption(
      new Option(
        '--set <key=value...>',
        'what is other behind it, for example learningRate=0.01 or clip=none; values in JSON, or a word',
      ).makeOptionMandatory(),
    )
    .addOption(
      new Option('--workers <n>', 'runs at a time')
        .default(availableParallelism(), 'the number of cores')
        .argParser(wholeNumber),
    )
    .addOption(storeOption())
    .addOption(
      new Option('--out <folder>', 'where results are written').default(undefined, 'results/fork-...'),
    )
    .addOption(dataDirOption())
    .option('--dry-run', 'say what would run, and keep nothing')
    .option('--json', 'print one JSON object; with --dry-run the spec')
    .action(async (run, options) => (await import('./forkCommand.ts')).forkCommand(run, options));
}

function addDifferences(program: Command): void {
  const collected = (value: string, before: readonly string[] = []) => [...before, value];
  command(program, 'bisect', 'finds the first step and operation in which two runs differ')
    .argument('<a>', "the beginning of a run's id, or a file: a spec, exported records, vectors")
    .argument('[b]', 'another one; a copy of A unless given')
    .addOption(new Option('--set <key=value>', 'changes the copy of A').argParser(collected))
    .option('--engine-a <folder>', 'A is executed by this checkout or installed package of thalweg')
    .option('--engine-b <folder>', 'B is executed by this one')
    .option('--case <id>', 'of a vector file only this case')
    .option('--optimizer <file>', 'the file of a user optimizer that the runs name')
    .addOption(storeOption())
    .option('--store-b <file>', 'where the record of B is kept, unless with that of A')
    .addOption(dataDirOption())
    .option('--json', 'print one JSON object')
    .action(async (a, b, options) => (await import('./bisectCommand.ts')).bisectCommand(a, b, options));
  command(program, 'trace', 'writes what bisect asks another version about a run')
    .argument('<spec>', 'a file with the spec of a run')
    .requiredOption('--out <file>', 'where it is written')
    .addOption(
      new Option('--step <n>', 'everything that this step computes; the states unless given').argParser(
        limitNumber,
      ),
    )
    .addOption(new Option('--until <n>', 'the last step of the states').argParser(limitNumber))
    .option('--optimizer <file>', 'the file of a user optimizer that the spec names')
    .addOption(dataDirOption())
    .action(async (spec, options) => (await import('./traceCommand.ts')).traceCommand(spec, options));
  command(program, 'sensitivity', 'measures how fast runs part from the same runs in other roundings')
    .argument('<what>', 'experiment.ts, a plan or a spec in JSON, or the beginning of the id of a stored run')
    .addOption(
      new Option(
        '--shadows <list>',
        'ulp, float64 or order, with commas between (docs/sensitivity.md)',
      ).default('ulp,float64,order'),
    )
    .addOption(
      new Option('--workers <n>', 'runs at a time; 0: in the main thread')
        .default(availableParallelism(), 'the number of cores')
        .argParser(wholeNumber),
    )
    .addOption(storeOption())
    .addOption(onlyOption())
    .addOption(
      new Option('--out <folder>', 'where the table and the figure are written').default(
        undefined,
        'results/<experiment>/sensitivity',
      ),
    )
    .addOption(dataDirOption())
    .option('--json', 'print all distances as JSON, and write nothing')
    .option('--csv', 'print a line a run and shadow, and write nothing')
    .action(async (what, options) =>
      (await import('./sensitivityCommand.ts')).sensitivityCommand(what, options),
    );
}

function addGolden(program: Command): void {
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
