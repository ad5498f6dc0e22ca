import { stepsOf } from '../run/batchSizes.ts';
import { dataKey, type Resources } from '../run/execute.ts';
import { trajectoryId } from '../run/record.ts';
import { type EncodedRecord, encodeRecord, isResult } from '../store/encodeRecord.ts';
import type { Rescue } from '../store/rescue.ts';
import type { Store } from '../store/store.ts';
import type { Lost } from './lost.ts';
import type { Outlook } from './missingRuns.ts';
import { recordWithout, watchRun } from './performRun.ts';
import type { PlannedRun, PlannedStage } from './plan.ts';
import type { Ended, Job, Jobs, RunListener, Runner, RunnerOptions, SavedState } from './runner.ts';
import type { Sharing } from './sharing.ts';
import { Trunks } from './trunks.ts';

/** How far a sweep is: stored before (of these diverged and failed), and what has run now. */
export interface Progress extends Omit<Outlook, 'missing' | 'missingLost'> {
  readonly completed: number;
  readonly diverged: number;
  readonly failed: number;
  /** Came to no end, and are not tried again by this sweep. */
  readonly lost: number;
}

export function doneOf({ stored, completed, diverged, failed, lost }: Progress): number {
  return stored + completed + diverged + failed + lost;
}

/** What happens in a sweep, described in docs/events.md. */
export type SweepEvent =
  | { readonly event: 'stage'; readonly stage: string; readonly total: number; readonly stored: number }
  | {
      readonly event: 'started';
      readonly id: string;
      readonly attempt: number;
      readonly fromCheckpoint: boolean;
    }
  | ({ readonly event: 'ended' } & Told)
  | {
      readonly event: 'lost';
      readonly id: string;
      readonly attempt: number;
      readonly message: string;
      readonly again: boolean;
    }
  | { readonly event: 'checkpoint'; readonly id: string; readonly step: number }
  | { readonly event: 'note'; readonly id: string; readonly message: string }
  | { readonly event: 'storeError'; readonly message: string };

/** What of a record is told when it is stored. */
const TOLD = [
  'id',
  'outcome',
  'reason',
  'steps',
  'seconds',
  'validationLoss',
  'validationError',
  'content',
] as const satisfies (keyof EncodedRecord)[];

export interface SweepOptions extends Omit<RunnerOptions, 'stop'> {
  readonly store: Store;
  readonly runner: Runner;
  readonly resources: Resources;
  /** The digest of the engine that runs. */
  readonly engine: string;
  /** Stop at the first run that fails or is given up as lost; runs under way still finish. */
  readonly failFast?: boolean | undefined;
  /** Which runs go on from a state of another; none unless given. */
  readonly sharing?: Sharing | undefined;
  /** Raise it to start nothing more: what is under way finishes and is stored. */
  readonly stop?: AbortSignal;
  readonly onEvent?: (event: SweepEvent, progress: Progress) => void;
}

export interface SweepResult extends Progress {
  /** Why the store could take no more, if so: the sweep then stopped. */
  readonly storeError?: unknown;
  /** Finished runs that the store could not take. */
  readonly unsaved: number;
  /** Where these, and what the store can no longer show, were put. */
  readonly rescue?: Rescue | undefined;
}

/** As many runs wait for a state of another in memory. */
const MOST_WAITING = 1000;

/** So often is a run tried whose worker dies, or gets no memory. */
const ATTEMPTS = 3;

/**
 * Runs what the store does not have yet. Every record is stored the moment its run is over, in a transaction of its
 * own: a sweep that was interrupted, by whatever, goes on when it is called again and runs nothing twice.
 */
export async function sweep(
  stage: Pick<PlannedStage, 'name' | 'runs'>,
  outlook: Outlook,
  options: SweepOptions,
): Promise<SweepResult> {
  return await new Sweep(outlook, options).run(stage);
}

class Sweep implements RunListener {
  readonly #options: SweepOptions;
  readonly #missing: ReadonlySet<string>;
  readonly #progress: { -readonly [K in keyof Progress]: Progress[K] };
  readonly #halt = new AbortController();
  /** Lost, and waiting to be tried again. */
  readonly #again: PlannedRun[] = [];
  readonly #trunks: Trunks;
  /** Wait for a state that another run gives. */
  readonly #waiting: PlannedRun[] = [];
  /** Why runs were lost, an entry an attempt. */
  readonly #lost = new Map<string, readonly string[]>();
  readonly #unsaved: EncodedRecord[] = [];
  #storeError: unknown;

  constructor({ missing, missingLost: _, ...stored }: Outlook, options: SweepOptions) {
    this.#options = options;
    this.#missing = missing;
    this.#progress = { ...stored, completed: 0, diverged: 0, failed: 0, lost: 0 };
    this.#trunks = new Trunks({ ...options, sharing: options.sharing });
  }

  async run(stage: Pick<PlannedStage, 'name' | 'runs'>): Promise<SweepResult> {
    const { store, runner, resources, stop, timeLimit, checkpointEvery, keptSteps } = this.#options;
    const { total, stored } = this.#progress;
    this.#tell({ event: 'stage', stage: stage.name, total, stored });
    try {
      await runner.run(this.#jobs(stage), resources, this, {
        stop: stop === undefined ? this.#halt.signal : AbortSignal.any([stop, this.#halt.signal]),
        timeLimit,
        checkpointEvery,
        keptSteps,
      });
    } catch (error) {
      if (this.#storeError === undefined) throw error; // what could not be stored is to be rescued first of all
    }
    if (doneOf(this.#progress) === total) this.#tryStore(() => this.#trunks.dropAll());
    const result = { ...this.#progress, unsaved: this.#unsaved.length };
    if (this.#storeError === undefined) return result;
    return { ...result, storeError: this.#storeError, rescue: store.rescue(this.#unsaved) };
  }

  /** Lost runs before those that have waited, and these before new ones. */
  #jobs(stage: Pick<PlannedStage, 'runs'>): Jobs {
    const planned = stage.runs((id) => this.#missing.has(id))[Symbol.iterator]();
    const next = (): IteratorResult<Job> => {
      const run = this.#again.shift() ?? this.#nextWaiting() ?? this.#nextPlanned(planned);
      const job = run === undefined ? undefined : this.#start(run);
      return job === undefined ? { done: true, value: undefined } : { done: false, value: job };
    };
    return {
      [Symbol.iterator]: () => ({ next }),
      later: () => (this.#waiting.length === 0 ? undefined : this.#trunks.nextChange()),
    };
  }

  #nextWaiting(): PlannedRun | undefined {
    const place = this.#waiting.findIndex((run) => this.#trunks.isReady(run));
    return place < 0 ? undefined : this.#waiting.splice(place, 1)[0];
  }

  #nextPlanned(planned: Iterator<PlannedRun>): PlannedRun | undefined {
    while (this.#waiting.length < MOST_WAITING) {
      const step = planned.next();
      if (step.done === true || this.#trunks.isReady(step.value)) return step.value;
      this.#waiting.push(step.value);
    }
    return undefined;
  }

  /** Nothing if the store can no longer be read. */
  #start({ id, spec }: PlannedRun): Job | undefined {
    const { store, engine, resources } = this.#options;
    const images = resources.datasets[dataKey(spec.data)]?.train.count ?? 0;
    const shares = this.#trunks.sharesOf({ id, spec });
    let checkpoint: Uint8Array | undefined;
    const isRead = this.#tryStore(() => {
      const atMost = Math.min((shares[0] ?? Number.POSITIVE_INFINITY) - 1, stepsOf(spec, images));
      const own = store.checkpoint(trajectoryOf({ id, spec }), engine, atMost);
      checkpoint = own ?? this.#trunks.startOf({ id, spec }, atMost)?.bytes;
    });
    if (!isRead) return undefined;
    const attempt = (this.#lost.get(id)?.length ?? 0) + 1;
    this.#tell({ event: 'started', id, attempt, fromCheckpoint: checkpoint !== undefined });
    return { id, spec, checkpoint, ...(shares.length === 0 ? {} : { shares }) };
  }

  onEnd({ id, spec }: Job, { record, last, shared = [], note }: Ended): void {
    const { store, engine, failFast, keptSteps } = this.#options;
    const isKept = keptSteps !== undefined;
    if (note !== undefined) this.#tell({ event: 'note', id, message: note });
    if (record.engine !== engine) {
      this.#tryStore(() => this.#trunks.end({ id, spec }));
      this.#giveUp(id, 1, 'thalweg itself was changed while the sweep ran; run the same command again');
      return;
    }
    const trajectory = trajectoryOf({ id, spec });
    const isStored = this.#tryStore(() =>
      store.atOnce(() => {
        store.put(record);
        for (const state of shared) this.#trunks.put({ id, spec }, state);
        this.#trunks.end({ id, spec });
        // the id of the whole run; nothing goes on from a state once that is stored
        if (!isKept && isResult(store.endingOf(trajectory, engine)))
          store.dropCheckpoints(trajectory, engine);
        else if (last !== undefined) store.putCheckpoint({ trajectory, engine, ...last }, isKept);
      }),
    );
    if (!isStored) {
      this.#trunks.wake();
      this.#unsaved.push(record);
      return;
    }
    if (record.outcome !== 'lost') this.#progress[record.outcome]++;
    this.#tell({ event: 'ended', ...factsOf(record) });
    if (record.outcome === 'failed' && failFast) this.#halt.abort();
  }

  onLost(job: Job, { message: last, next }: Lost): void {
    const { id, spec } = job;
    const reasons = [...(this.#lost.get(id) ?? []), last];
    const attempt = reasons.length;
    this.#lost.set(id, reasons);
    if (next === 'tryAgain' && attempt < ATTEMPTS) {
      this.#again.push({ id, spec });
      this.#tell({ event: 'lost', id, attempt, message: last, again: true });
      this.#trunks.wake();
      return;
    }
    const message = [...new Set(reasons)].join('; then: ');
    const { store, resources } = this.#options;
    const record = recordWithout(job, resources, { kind: 'lost', message }, watchRun()());
    if (next === 'stop') this.#halt.abort();
    else this.#tryStore(() => store.put(encodeRecord(record)));
    this.#tryStore(() => this.#trunks.end({ id, spec }));
    this.#giveUp(id, attempt, message);
  }

  #giveUp(id: string, attempt: number, message: string): void {
    this.#progress.lost++;
    this.#tell({ event: 'lost', id, attempt, message, again: false });
    if (this.#options.failFast) this.#halt.abort();
  }

  onCheckpoint({ id, spec }: Job, { step, bytes }: SavedState): void {
    const { store, engine, keptSteps } = this.#options;
    const isKept = keptSteps !== undefined;
    const isStored = this.#tryStore(() => {
      const isOfTrunk = this.#trunks.put({ id, spec }, { step, bytes });
      if (isKept || !isOfTrunk)
        store.putCheckpoint({ trajectory: trajectoryOf({ id, spec }), engine, step, bytes }, isKept);
    });
    if (isStored) this.#tell({ event: 'checkpoint', id, step });
  }

  /** After the first time that the store fails nothing more is started. */
  #tryStore(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      if (this.#storeError === undefined) {
        this.#storeError = error;
        this.#halt.abort();
        this.#tell({ event: 'storeError', message: (error as Error).message });
      }
      return false;
    }
  }

  #tell(event: SweepEvent): void {
    this.#options.onEvent?.(event, this.#progress);
  }
}

type Told = Pick<EncodedRecord, (typeof TOLD)[number]>;

function factsOf(record: EncodedRecord): Told {
  return Object.fromEntries(TOLD.map((name) => [name, record[name]])) as Told;
}

/** `trajectoryId`; a run without `until` is its own trajectory, and its id need not be made again. */
function trajectoryOf({ id, spec }: PlannedRun): string {
  return spec.until === undefined ? id : trajectoryId(spec);
}
