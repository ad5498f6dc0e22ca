/** What an interrupted command exits with. */
export const INTERRUPTED = 130;

/**
 * The first Ctrl-C, the end of `maxTime` milliseconds, or standard output that nobody reads any more (`| head`), raises the returned signal, its reason in words: nothing more is started, what
 * is under way finishes and is kept. Ctrl-C after that, a SIGTERM or a closed terminal end the process at once; what is stored stays
 * stored. Nobody could press Ctrl-C again after those two (npx is gone by then), and a process that goes on would keep the store locked.
 */
export function stopOnSignals(tell: (line: string) => void, maxTime?: number): AbortSignal {
  const stop = new AbortController();
  const exit = process.exit.bind(process); // a run in this thread puts its own in place (guardProcess)
  const rest = 'the runs under way finish and are kept; Ctrl-C';
  process.on('SIGINT', () => {
    if (stop.signal.aborted) exit(INTERRUPTED);
    tell(`stopping: ${rest} again stops at once`);
    stop.abort('interrupted');
  });
  process.stdout.on('error', ({ message }) => {
    if (stop.signal.aborted) return;
    tell(`standard output cannot be written (${message}): ${rest} stops at once`);
    stop.abort('standard output cannot be written');
  });
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      tell(`stopped by ${signal}: the runs that had finished are kept; the same command goes on`);
      exit(INTERRUPTED);
    });
  }
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
