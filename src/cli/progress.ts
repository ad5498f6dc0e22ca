import { createLogUpdate } from 'log-update';
import { doneOf, type Progress, type SweepEvent } from '../sweep/sweep.ts';

/** What is shown of a sweep. */
export interface Shown {
  readonly progress: Progress;
  /** The name of the stage, where there are several. */
  readonly stage?: string | undefined;
  /** Runs of the stages before it. */
  readonly earlier?: Progress | undefined;
}

/** Shows how far a sweep is, on standard error. */
export interface ProgressDisplay {
  update(shown: Shown, event?: SweepEvent): void;
  /** A line that stays. */
  note(line: string): void;
  close(): void;
}

/** The command that runs one run again. */
export type Reproduce = (id: string, hasFailed: boolean) => string;

export interface ProgressOptions {
  readonly stream?: NodeJS.WriteStream;
  /** A cursor that is hidden has to be shown again at a signal: the first Ctrl-C then no longer ends the process by itself. */
  readonly showCursor?: boolean;
}

/** A live line on a terminal; in a log (no terminal, one without a size, or CI) a line now and then. */
export function createProgress(
  reproduce: Reproduce,
  { stream = process.stderr, showCursor = false }: ProgressOptions = {},
): ProgressDisplay {
  const inCi = process.env.CI !== undefined && process.env.CI !== '' && process.env.CI !== 'false';
  const hasScreen = stream.isTTY && stream.columns > 0 && stream.rows > 0;
  const describe = eventLines(reproduce);
  if (hasScreen && !inCi) return terminalProgress(stream, describe, showCursor);
  return logProgress((line) => stream.write(`${line}\n`), describe);
}

/** Lines of a terminal are not drawn more often than an eye can follow. */
const DRAW_MILLISECONDS = 50;

function terminalProgress(
  stream: NodeJS.WriteStream,
  describe: DescribeEvent,
  showCursor: boolean,
): ProgressDisplay {
  const live = createLogUpdate(stream, { showCursor });
  const start = performance.now();
  let shown: Shown | undefined;
  let drawn = Number.NEGATIVE_INFINITY;
  const draw = () => {
    if (shown === undefined) return;
    drawn = performance.now();
    live(fitProgress(shown, drawn - start, stream.columns - 1)); // a wrapped line could not be taken back after a resize
  };
  const timer = setInterval(draw, 1000);
  timer.unref();
  stream.on('resize', draw);
  return {
    update(next, event) {
      shown = next;
      const lines = describe(event);
      for (const line of lines) live.persist(line);
      if (lines.length > 0 || performance.now() - drawn >= DRAW_MILLISECONDS) draw();
    },
    note(line) {
      live.persist(line);
      draw();
    },
    close() {
      clearInterval(timer);
      stream.off('resize', draw);
      draw();
      live.done();
    },
  };
}

const LOG_SECONDS = 30;
const LOG_PART = 0.05;

/** Lines for a log: the first and the last of a stage, one whenever 30 s and 5 % of the runs have passed, and each new failure. */
export function logProgress(
  write: (line: string) => void,
  describe: DescribeEvent,
  now: () => number = () => performance.now(),
): ProgressDisplay {
  const start = now();
  let written:
    | { readonly stage: string | undefined; readonly time: number; readonly done: number }
    | undefined;
  return {
    update(shown, event) {
      for (const line of describe(event)) write(line);
      const { progress, stage } = shown;
      const done = doneOf(progress);
      const time = now();
      const isDue =
        written === undefined ||
        written.stage !== stage ||
        (done === progress.total && done > written.done) ||
        (time - written.time >= LOG_SECONDS * 1000 && done - written.done >= LOG_PART * progress.total);
      if (!isDue) return;
      written = { stage, time, done };
      write(describeProgress(shown, time - start));
    },
    note: write,
    close() {},
  };
}

/** The lines that stay for an event. */
export type DescribeEvent = (event: SweepEvent | undefined) => readonly string[];

/** What went wrong with a run, and the command that shows it again. A thousand equal failures are told once. */
export function eventLines(reproduce: Reproduce): DescribeEvent {
  const told = new Set<string>();
  return (event) => {
    const text = event === undefined ? undefined : describeEvent(event);
    if (event === undefined || !('id' in event) || text === undefined || told.has(text)) return [];
    told.add(text);
    const isOver = event.event === 'ended' || (event.event === 'lost' && !event.again);
    return [
      `${text} (run ${event.id.slice(0, 12)})`,
      ...(isOver ? [`  again: ${reproduce(event.id, event.event === 'ended')}`] : []),
    ];
  };
}

function describeEvent(event: SweepEvent): string | undefined {
  if (event.event === 'ended' && event.outcome === 'failed') return `failed: ${event.reason}`;
  if (event.event === 'note') return `note: ${event.message}`;
  if (event.event !== 'lost') return undefined;
  if (event.again) return `lost, tried again: ${event.message}`;
  return `lost${event.attempt > 1 ? ` ${event.attempt} times` : ''}: ${event.message}`;
}

/** `12/42 29 %, 8.1 runs/min, 3 min 40 s left, 2 stored before, 1 diverged, 0 failed` */
export function describeProgress(shown: Shown, milliseconds: number): string {
  const { stage, count, percent, rate, left, stored, ends } = partsOf(shown, milliseconds);
  return stage + [`${count} ${percent}`, ...rate, ...left, ...stored, ...ends].join(', ');
}

/** The bar and the progress in at most `width` characters; how runs ended goes last of all. */
export function fitProgress(shown: Shown, milliseconds: number, width: number): string {
  const { stage, count, percent, rate, left, stored, ends } = partsOf(shown, milliseconds);
  const head = `${stage}${bar(shown.progress)} ${count} ${percent}`;
  const lines = [
    [head, ...rate, ...left, ...stored, ...ends],
    [head, ...left, ...stored, ...ends],
    [head, ...left, ...ends],
    [head, ...ends],
    [`${stage}${count} ${percent}`, ...ends],
    [`${count} ${percent}`, ...ends],
    [count, ...ends],
  ].map((parts) => parts.join(', '));
  const fitting = lines.find((line) => line.length <= width) ?? lines[lines.length - 1];
  return fitting.slice(0, Math.max(1, width));
}

/** Before the first stage. */
export const NOTHING: Progress = {
  total: 0,
  stored: 0,
  storedDiverged: 0,
  storedFailed: 0,
  completed: 0,
  diverged: 0,
  failed: 0,
  lost: 0,
};

/** Counts of all stages, except for how many runs of this one are done: the next stage is not known yet. */
function partsOf({ progress, stage, earlier = NOTHING }: Shown, milliseconds: number) {
  const done = doneOf(progress);
  const all = sumOf(earlier, progress);
  const ran = doneOf(all) - all.stored;
  const perMinute = (ran / milliseconds) * 60_000;
  const left = ((progress.total - done) / perMinute) * 60;
  return {
    stage: stage === undefined ? '' : `${stage}: `,
    count: `${done}/${progress.total}`,
    percent: `${progress.total > 0 ? Math.floor((100 * done) / progress.total) : 100} %`,
    rate: ran > 0 ? [`${describeRate(perMinute)} runs/min`] : [],
    left: ran > 0 && done < progress.total ? [`${describeSeconds(left)} left`] : [],
    stored: [
      ...(earlier.total > 0 ? [`${earlier.total} in earlier stages`] : []),
      ...(all.stored > 0 ? [`${all.stored} stored before`] : []),
    ],
    ends: [
      `${all.diverged + all.storedDiverged} diverged`,
      `${all.failed + all.storedFailed} failed`,
      ...(all.lost > 0 ? [`${all.lost} lost`] : []),
    ],
  };
}

/** The counts of two stages. */
export function sumOf(a: Progress, b: Progress): Progress {
  const counts = Object.keys(NOTHING) as (keyof Progress)[];
  return Object.fromEntries(counts.map((count) => [count, a[count] + b[count]])) as unknown as Progress;
}

function describeRate(perMinute: number): string {
  return perMinute >= 10 ? String(Math.round(perMinute)) : perMinute.toPrecision(2);
}

/** `45 s`, `3 min 40 s`, `2 h 5 min`, `3 d 4 h` */
export function describeSeconds(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  const units = [
    ['d', Math.floor(whole / 86400)],
    ['h', Math.floor(whole / 3600) % 24],
    ['min', Math.floor(whole / 60) % 60],
    ['s', whole % 60],
  ] as const;
  const first = units.findIndex(([, count]) => count > 0);
  return units
    .slice(first, first + 2)
    .filter(([, count]) => count > 0)
    .map(([unit, count]) => `${count} ${unit}`)
    .join(' ');
}

function bar(progress: Progress): string {
  const filled = progress.total > 0 ? Math.floor((20 * doneOf(progress)) / progress.total) : 20;
  return `[${'='.repeat(filled)}${' '.repeat(20 - filled)}]`;
}
