import { type Command, Option } from 'commander';
import { command, dataDirOption, positiveCount, positiveNumber, positiveSeconds, share } from './options.ts';

const FAMILIES =
  'spec (the keys of a spec), optimizers, modifiers, averagings, schedules, clips, weightDecays, norms, activations, inits, models, losses, datasets, problems, probes or faults';

/** `list`, `conform`, `bench`, `power` and `data`. */
export function addToolCommands(program: Command): void {
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
  command(program, 'power', 'says how many seeds it takes to find a difference')
    .addOption(
      new Option('--difference <number>', 'the smallest one that matters, in units of the metric')
        .argParser(positiveNumber)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--deviation <number>', 'standard deviation of the differences seed by seed, from a pilot')
        .argParser(positiveNumber)
        .makeOptionMandatory(),
    )
    .addOption(new Option('--comparisons <count>', 'declared together').default(1).argParser(positiveCount))
    .addOption(new Option('--power <share>', 'with which it is found').default(0.8).argParser(share))
    .addOption(new Option('--alpha <share>', 'the level of all comparisons').default(0.05).argParser(share))
    .option('--json', 'print one JSON object')
    .action(async (options) => (await import('./powerCommand.ts')).powerCommand(options));
  const data = command(program, 'data', 'lists data sets, fetches one');
  command(data, 'list', 'lists the data sets')
    .option('--json', 'print it as JSON')
    .action(async (options) => (await import('./listCommand.ts')).listCommand('datasets', options));
  command(data, 'get', 'finds or downloads a data set and checks it')
    .argument('<name>', 'a name that data list shows')
    .addOption(dataDirOption())
    .action(async (name, options) => (await import('./dataCommand.ts')).dataCommand(name, options));
}
