import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { InvalidInput } from '../core/check.ts';
import { addForkCommand, addResultCommands, addRunCommands } from './experimentCommands.ts';
import { addStoreCommands } from './storeCommands.ts';
import { addToolCommands } from './toolCommands.ts';

/** Exit codes, in the help text as well. */
const FAILED = 1;
const WRONG_INPUT = 2;

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

  addRunCommands(program);
  addResultCommands(program);
  addForkCommand(program);
  addToolCommands(program);
  addStoreCommands(program);
  return program;
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
