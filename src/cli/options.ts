import { type Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_STORE } from './commandLine.ts';

export function command(parent: Command, name: string, description: string): Command {
  const path = parent.parent === null ? name : `${parent.name()} ${name}`;
  return parent
    .command(name)
    .description(description)
    .copyInheritedSettings(parent)
    .showHelpAfterError(`(thalweg ${path} --help describes it)`);
}

/** An option with a list, given twice, means both lists. */
const joined = (list: string, before?: string) => (before === undefined ? list : `${before},${list}`);

export const storeOption = () =>
  new Option('--store <file>', 'where records are kept').default(DEFAULT_STORE);
export const outcomeOption = () =>
  new Option('--outcome <list>', 'completed, diverged, failed or lost, with commas between').argParser(
    joined,
  );
export const engineOption = () =>
  new Option(
    '--engine <digest>',
    'of this engine (its first digits are enough), or other: of all but this one',
  );
export const outOption = () =>
  new Option('--out <folder>', 'where results are written').default(undefined, 'results/<experiment>');
export const onlyOption = (
  which = 'only the runs whose spec has these values, for example optimizer=adam,seed=0,seed=1: a key twice means one value or the other',
) => new Option('--only <key=value,...>', which).argParser(joined);
export const acceptEngineOption = () =>
  new Option(
    '--accept-engine <digests>',
    'records of these versions of the engine count as stored; beginnings of their digests, with commas between',
  ).argParser(joined);
export const dataDirOption = () => new Option('--data-dir <folder>', 'where to look for data sets first');

export function wholeNumber(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number of at least 0.');
}

export function portNumber(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65536) return Number(text);
  throw new InvalidArgumentError('Expected a whole number from 0 to 65535.');
}

export function limitNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number of at least 0.');
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value < Number.POSITIVE_INFINITY) return value;
  throw new InvalidArgumentError('Expected a number above 0, for example 0.01.');
}

export function share(text: string): number {
  const value = Number(text);
  if (value > 0 && value < 1) return value;
  throw new InvalidArgumentError('Expected a number between 0 and 1, for example 0.8.');
}

export function positiveCount(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number of at least 1.');
}

export function stepNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a step of the run, at least 1.');
}

export function positiveSeconds(text: string): number {
  const seconds = Number(text);
  if (/^[\d.]+$/.test(text) && seconds > 0 && seconds <= 60) return seconds;
  throw new InvalidArgumentError('Expected seconds above 0 and up to 60, for example 0.2.');
}
