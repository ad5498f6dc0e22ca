import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { InvalidInput } from '../core/check.ts';

// A young generation that does not grow: what planning many runs leaves behind is collected sooner, instead of staying with the process
// (100,000 runs: 150 MB instead of 390).
setFlagsFromString('--semi-space-growth-factor=1');

/** Exit codes, in the help text as well. */
const FAILED = 1;
const WRONG_INPUT = 2;

const FAMILIES =
  'spec (the keys of a spec), optimizers, modifiers, averagings, schedules, clips, weightDecays, norms, activations, inits, models, losses, datasets, problems or probes';

// every command loads its own code when it is called, so that help and mistakes answer at once
function createProgram(): Command {
  const version = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
  const program = new Command('thalweg')
    .description('Runs and compares optimizers: a run is a pure function of its spec, to the last bit.')
    .version(version)
    .showHelpAfterError('(thalweg --help lists the commands)')
    .addHelpText(
      'after',
      '\nExit codes: 0 done; 1 something ran and failed; 2 the command or a spec is wrong; 130 interrupted or terminated, what was finished is kept.',
    )
    .exitOverride();

  command(program, 'run', 'runs what is not stored yet, then writes runs.csv and report.html')
    .argument('<experiment>', 'experiment.ts, or a plan in JSON')
    .addOption(
      new Option('--workers <n>', 'runs at a time; 0 runs in the main thread')
        .default(availableParallelism(), 'the number of cores')
        .argParser(wholeNumber),
    )
    .addOption(storeOption())
    .addOption(outOption())
    .addOption(onlyOption())
    .option('--retry <kinds>', 'failed: run again what has failed before; lost runs are tried again anyway')
    .option('--fail-fast', 'stop at the first run that fails or is given up as lost')
    .option('--max-time <duration>', 'start nothing more after it, for example 10m')
    .option(
      '--time-limit <duration>',
      'of one run, for example 45s: one that takes longer is lost; the next command tries it',
    )
    .addOption(
      new Option(
        '--checkpoint-every <duration>',
        'how often a long run is kept so that it can go on; 0 never',
      ).default('1m'),
    )
    .addOption(acceptEngineOption())
    .addOption(dataDirOption())
    .option('--json', 'print what happens as JSON, one event a line (docs/events.md)')
    .action(async (file, options) => (await import('./runCommand.ts')).runCommand(file, options));

  command(program, 'plan', 'checks everything and says what would run: counts, what is stored, time')
    .argument('<experiment>', 'experiment.ts, or a plan in JSON')
    .addOption(
      new Option('--workers <n>', 'runs at a time')
        .default(availableParallelism(), 'the number of cores')
        .argParser(wholeNumber),
    )
    .addOption(storeOption())
    .addOption(onlyOption())
    .addOption(acceptEngineOption())
    .addOption(dataDirOption())
    .option(
      '--no-calibrate',
      'estimate the time from stored runs alone, without running anything for a moment',
    )
    .option('--json', 'print the complete specs, one a line')
    .action(async (file, options) => (await import('./planCommand.ts')).planCommand(file, options));

  command(program, 'report', 'writes runs.csv and report.html from what is stored')
    .argument('<experiment>', 'experiment.ts, or a plan in JSON')
    .addOption(storeOption())
    .addOption(outOption())
    .addOption(onlyOption())
    .addOption(acceptEngineOption())
    .addOption(new Option('--format <list>', 'html, csv, or both with a comma between').default('html,csv'))
    .action(async (file, options) => (await import('./reportCommand.ts')).reportCommand(file, options));

  command(program, 'export', 'prints the stored records of an experiment, sorted by id')
    .argument('<experiment>', 'experiment.ts, or a plan in JSON')
    .option(
      '--format <format>',
      'csv, parquet or jsonl (complete records, one a line, unless a table is named)',
    )
    .option('--table <table>', 'runs, evaluations or steps; docs/records.md describes their columns')
    .addOption(onlyOption())
    .addOption(acceptEngineOption())
    .option('--out <file>', 'a file instead of the screen')
    .option(
      '--no-environment',
      'leave out where and when a run was computed: the rest is the same bytes everywhere',
    )
    .addOption(storeOption())
    .action(async (file, options) => (await import('./exportCommand.ts')).exportCommand(file, options));

  command(program, 'list', 'lists what a spec may name, with defaults and sources')
    .argument('<family>', FAMILIES)
    .option('--json', 'print it as JSON')
    .action(async (family, options) => (await import('./listCommand.ts')).listCommand(family, options));

  command(
    program,
    'conform',
    'checks this engine against reference vectors, or writes vectors of an optimizer',
  )
    .argument('[vectors...]', 'vector files or folders of them; docs/conformance.md describes the format')
    .option('--json', 'print one JSON object')
    .option('--optimizer <file>', 'the file of a user optimizer that the vectors were emitted of')
    .option('--emit <optimizer>', 'write vectors of this optimizer: a kind, or the file of one of your own')
    .option('--options <json>', "the emitted optimizer's options, for example '{\"learningRate\":0.01}'")
    .option('--out <file>', 'where emitted vectors are written; the screen unless given')
    .action(async (paths, options) => (await import('./conformCommand.ts')).conformCommand(paths, options));

  command(
    program,
    'bench',
    'measures training throughput, kernels, optimizer steps and the overhead of runs on this machine',
  )
    .option('--suite <list>', 'engine, kernels, optimizers or sweep, with commas between; all unless given')
    .option('--peers [list]', 'also compare training steps with torch, or with torch,tfjs (fetched from npm)')
    .addOption(
      new Option('--time <seconds>', 'of one measurement; a training step gets four times as long')
        .default(0.2)
        .argParser(positiveSeconds),
    )
    .option('--json <file>', 'write what was measured there as well as into results/bench')
    .action(async (options) => (await import('./benchCommand.ts')).benchCommand(options));

  const store = command(program, 'store', 'lists, shows, prunes, merges and checks what is stored');
  command(store, 'list', 'lists the latest runs, and how many there are of each engine')
    .addOption(storeOption())
    .option(
      '--only <key=value,...>',
      'for example optimizer=adam,seed=0: id, engine, outcome, optimizer, model, data, seed, learningRate, steps, thalweg',
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

  const data = command(program, 'data', 'lists data sets, fetches one');
  command(data, 'list', 'lists the data sets')
    .option('--json', 'print it as JSON')
    .action(async (options) => (await import('./listCommand.ts')).listCommand('datasets', options));
  command(data, 'get', 'finds or downloads a data set and checks it')
    .argument('<name>', 'a name that data list shows')
    .addOption(dataDirOption())
    .action(async (name, options) => (await import('./dataCommand.ts')).dataCommand(name, options));
  return program;
}

function command(parent: Command, name: string, description: string): Command {
  const path = parent.parent === null ? name : `${parent.name()} ${name}`;
  return parent
    .command(name)
    .description(description)
    .copyInheritedSettings(parent)
    .showHelpAfterError(`(thalweg ${path} --help describes it)`);
}

const storeOption = () =>
  new Option('--store <file>', 'where records are kept').default('results/store.sqlite');
const outcomeOption = () =>
  new Option('--outcome <list>', 'completed, diverged, failed or lost, with commas between');
const engineOption = () =>
  new Option(
    '--engine <digest>',
    'of this engine (its first digits are enough), or other: of all but this one',
  );
const outOption = () =>
  new Option('--out <folder>', 'where results are written').default(undefined, 'results/<experiment>');
const onlyOption = () =>
  new Option(
    '--only <key=value,...>',
    'only the runs whose spec has these values, for example optimizer=adam,seed=0,seed=1: a key twice means one value or the other',
  );
const acceptEngineOption = () =>
  new Option(
    '--accept-engine <digests>',
    'records of these versions of the engine count as stored; beginnings of their digests, with commas between',
  );
const dataDirOption = () => new Option('--data-dir <folder>', 'where to look for data sets first');

function wholeNumber(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number of at least 0.');
}

function limitNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number of at least 0.');
}

function positiveSeconds(text: string): number {
  const seconds = Number(text);
  if (/^[\d.]+$/.test(text) && seconds > 0 && seconds <= 60) return seconds;
  throw new InvalidArgumentError('Expected seconds above 0 and up to 60, for example 0.2.');
}

/** Prints an error as its reader needs it and gives the exit code. */
function reportError(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_INPUT;
  const { code, syscall, path, message, stack } = error as NodeJS.ErrnoException;
  if (error instanceof InvalidInput) console.error(`thalweg: ${message}`);
  else if (code !== undefined && syscall !== undefined && path !== undefined) {
    console.error(`thalweg: cannot use ${path}: ${message}; check the path and its permissions`);
  } else {
    console.error(`thalweg: this is a mistake in thalweg, please report it\n${stack ?? String(error)}`);
    return FAILED;
  }
  // a command that has run something has set its code already
  return process.exitCode === undefined ? WRONG_INPUT : FAILED;
}

// a reader that has seen enough (| head) is no error, nor is a terminal that was closed
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (process.stdout.listenerCount('error') > 1) return; // a sweep ends as it does at a Ctrl-C (stopOnSignals.ts)
  if (error.code === 'EPIPE' || error.code === 'EIO') process.exit();
  throw error;
});
// nobody hears of the progress any more: no reason to end a sweep
process.stderr.on('error', () => {});

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = reportError(error);
}
// users' code may have left a timer or a server behind; what was written must have left first
for (const stream of [process.stdout, process.stderr])
  await new Promise<void>((resolve) => stream.write('', () => resolve()));
process.exit();
