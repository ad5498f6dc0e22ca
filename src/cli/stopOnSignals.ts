/** What an interrupted command exits with. */
export const INTERRUPTED = 130;

/**
 * The first Ctrl-C, the end of `maxTime` milliseconds, or standard output that nobody reads any more (`| head`), raises the returned
 * signal, its reason in words: nothing more is started, what is under way finishes and is kept. Ctrl-C after that, a SIGTERM or a closed
 * terminal end the process at once; what is stored stays stored. Nobody could press Ctrl-C again after those two (npx is gone by then), and a process that goes on would keep the store locked.
 * Where runs keep this thread busy (`isBusy`) it would hear of no signal before a run is over, and never of one in an endless loop: signals
 * are left to the system, and the first one ends the process.
 */
export function stopOnSignals(
  tell: (line: string) => void,
  { maxTime, isBusy = false }: { readonly maxTime?: number | undefined; readonly isBusy?: boolean } = {},
): AbortSignal {
  const stop = new AbortController();
  const rest = `the runs under way finish and are kept; Ctrl-C${isBusy ? '' : ' again'}`;
  if (!isBusy) listenToSignals(stop, tell, rest);
  process.stdout.on('error', ({ message }) => {
    if (stop.signal.aborted) return;
    tell(`standard output cannot be written (${message}): ${rest} stops at once`);
    stop.abort('standard output cannot be written');
  });
  if (maxTime !== undefined) {
    const timer = setTimeout(() => {
      if (stop.signal.aborted) return;
      tell(`the time is up: ${rest} stops at once`);
      stop.abort('the time is up');
    }, maxTime);
    timer.unref();
  }
  return stop.signal;
}

function listenToSignals(stop: AbortController, tell: (line: string) => void, rest: string): void {
  const kept = 'the runs that had finished are kept; the same command goes on';
  const exit = process.exit.bind(process); // user code that is loaded for a later stage puts its own in place (guardProcess)
  process.on('SIGINT', () => {
    if (stop.signal.aborted) {
      tell(`stopped: ${kept}`);
      exit(INTERRUPTED);
    }
    tell(`stopping: ${rest} stops at once`);
    stop.abort('interrupted');
  });
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      tell(`stopped by ${signal}: ${kept}`);
      exit(INTERRUPTED);
    });
  }
}
