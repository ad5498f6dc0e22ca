export const DEFAULT_STORE = 'results/store.sqlite';

/** The options of a command that a message or a page tells; those that have their default are left out. */
export interface CommandOptions {
  readonly only?: string | undefined;
  readonly workers?: number;
  readonly retry?: string | undefined;
  readonly timeLimit?: string | undefined;
  readonly store?: string | undefined;
  readonly dataDir?: string | undefined;
  readonly acceptEngine?: string | undefined;
  readonly out?: string | undefined;
}

/** A command about an experiment as a shell takes it: `thalweg run 'my runs.ts' --only seed=0`. */
export function commandLine(command: 'run' | 'report', file: string, options: CommandOptions): string {
  const { only, workers, retry, timeLimit, store, dataDir, acceptEngine, out } = options;
  const given: readonly (readonly [option: string, value: string | number | undefined])[] = [
    ['--only', only],
    ['--workers', workers],
    ['--retry', retry],
    ['--time-limit', timeLimit],
    ['--store', store === DEFAULT_STORE ? undefined : store],
    ['--data-dir', dataDir],
    ['--accept-engine', acceptEngine],
    ['--out', out],
  ];
  const words = given.flatMap(([option, value]) => (value === undefined ? [] : [option, String(value)]));
  return ['npx', 'thalweg', command, file, ...words].map(shellWord).join(' ');
}

/**
 * The command that runs one run again: one that failed in the main thread, where a debugger sees it; one that was lost in a worker, since
 * what took its worker would take the command.
 */
export function againCommand(
  file: string,
  id: string,
  hasFailed: boolean,
  { timeLimit, ...place }: Pick<CommandOptions, 'timeLimit' | 'store' | 'dataDir' | 'acceptEngine' | 'out'>,
): string {
  const how = hasFailed ? { workers: 0, retry: 'failed' } : { workers: 1, timeLimit };
  return commandLine('run', file, { ...place, only: `id=${id.slice(0, 12)}`, ...how });
}

/** What `--accept-engine` has to name for these engines to count; the first is the present one. */
export function acceptedOf(engines: readonly string[]): string | undefined {
  const others = engines.slice(1).map((digest) => digest.slice(0, 12));
  return others.length === 0 ? undefined : others.join(',');
}

/** In quotes if a shell would take it for something else. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
