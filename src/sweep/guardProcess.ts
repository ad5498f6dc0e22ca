/**
 * Keeps users' code from what belongs to the command: standard output (`--json`), what it prints goes to standard
 * error, and the process, `process.exit` throws as any mistake does; and from chance: `Math.random` throws, since what it gives could
 * never be computed again. Returns what takes the guard away.
 */
export function guardProcess(): () => void {
  const { exit } = process;
  const { random } = Math;
  const { write } = process.stdout;
  process.stdout.write = process.stderr.write.bind(process.stderr);
  process.exit = (code) => {
    throw new Error(`it called process.exit(${code ?? ''}), expected an Error to be thrown`);
  };
  Math.random = () => {
    throw new Error(
      'it called Math.random, whose numbers nobody could have again; an optimizer takes them from context.random(), an experiment from a list of its own',
    );
  };
  return () => {
    Math.random = random;
    process.exit = exit;
    process.stdout.write = write;
  };
}

/** Runs `work` under {@link guardProcess}. */
export async function guarded<T>(work: () => T | Promise<T>): Promise<T> {
  const release = guardProcess();
  try {
    return await work();
  } finally {
    release();
  }
}
