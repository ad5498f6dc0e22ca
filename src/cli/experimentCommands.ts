// every command loads its own code when it is called, so that help and mistakes answer at once
import { availableParallelism } from 'node:os';
import { type Command, Option } from 'commander';
import {
  acceptEngineOption,
  command,
  dataDirOption,
  onlyOption,
  outOption,
  portNumber,
  positiveCount,
  storeOption,
  wholeNumber,
} from './options.ts';

/** `run` and `plan`. */
export function addRunCommands(program: Command): void {
  command(program, 'run', 'runs what is not stored yet, then writes runs.csv and report.html')
    .argument('<experiment>', 'experiment.ts, or a plan in JSON')
    .addOption(
      new Option(
        '--workers <n>',
        'runs at a time; 0: in the main thread, for a debugger: without --time-limit, and Ctrl-C ends it at once',
      )
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
    .addOption(
      new Option(
        '--keep-checkpoints <steps>',
        'keep the state after every so many steps in the store, for thalweg replay (docs/certified.md)',
      ).argParser(positiveCount),
    )
    .addOption(acceptEngineOption())
    .addOption(dataDirOption())
    .option(
      '--no-sharing',
      'make every step of every run: no run goes on from the state of another (docs/forks.md)',
    )
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
    .option(
      '--no-sharing',
      'make every step of every run: no run goes on from the state of another (docs/forks.md)',
    )
    .option('--json', 'print the complete specs, one a line')
    .action(async (file, options) => (await import('./planCommand.ts')).planCommand(file, options));
}

/** `report`, `serve`, `compare` and `export`. */
export function addResultCommands(program: Command): void {
  command(program, 'report', 'writes runs.csv, report.html, figures and tables from what is stored')
    .argument('<experiment>', 'experiment.ts, or a plan in JSON')
    .addOption(storeOption())
    .addOption(outOption())
    .addOption(onlyOption())
    .addOption(acceptEngineOption())
    .addOption(
      new Option(
        '--format <list>',
        'with commas between: html, csv (runs), svg, png, pdf (figures), md, tex (summary)',
      ).default('html,csv'),
    )
    .addOption(
      new Option(
        '--width <width>',
        'of figures in files: page, or column or twoColumns of a paper (docs/figures.md)',
      ).default('page'),
    )
    .action(async (file, options) => (await import('./reportCommand.ts')).reportCommand(file, options));

  command(
    program,
    'serve',
    'a page on which a browser runs stored runs again and compares them with their records',
  )
    .argument('<experiment>', 'experiment.ts, or a plan in JSON')
    .addOption(storeOption())
    .addOption(onlyOption())
    .addOption(acceptEngineOption())
    .addOption(
      new Option('--port <number>', 'of this machine alone (127.0.0.1); a free one unless given')
        .default(0, 'a free one')
        .argParser(portNumber),
    )
    .option(
      '--export <file>',
      'write the page there instead (its folder is made): it works from a disk and from any server',
    )
    .action(async (file, options) => (await import('./serveCommand.ts')).serveCommand(file, options));

  command(program, 'compare', 'two experiments, or two versions of one, side by side on one page')
    .argument('<a>', 'experiment.ts, or a plan in JSON')
    .argument('<b>', 'another one, or the same from another store or of another engine')
    .addOption(storeOption())
    .option('--store-b <file>', 'where the records of B are kept, unless with those of A')
    .option('--engine-a <digest>', 'the records of A are those of this version of the engine')
    .option('--engine-b <digest>', 'the records of B are those of this version of the engine')
    .addOption(onlyOption())
    .addOption(
      new Option('--out <folder>', 'where the page is written').default(undefined, 'results/compare/<a>-<b>'),
    )
    .action(async (a, b, options) => (await import('./compareCommand.ts')).compareCommand(a, b, options));

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
}
