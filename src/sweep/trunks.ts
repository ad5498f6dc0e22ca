import { courseOf, prefixId } from '../run/course.ts';
import { dataKey, type Resources } from '../run/execute.ts';
import type { Store } from '../store/store.ts';
import type { PlannedRun } from './plan.ts';
import type { SavedState } from './runner.ts';
import type { Origin, Sharing } from './sharing.ts';

export interface TrunkOptions {
  readonly sharing: Sharing | undefined;
  readonly store: Store;
  readonly engine: string;
  readonly resources: Resources;
}

/**
 * The states that runs of a sweep share. They lie among the store's checkpoints under the name of the steps that made them (`prefixId`), so
 * that a sweep which was interrupted finds them again, and are dropped when the last run that waits for them has ended.
 */
export class Trunks {
  readonly #options: TrunkOptions;
  readonly #origins: ReadonlyMap<string, Origin> = new Map();
  /** For how many steps others branch off a run, and which. */
  readonly #branches = new Map<string, Map<number, Set<string>>>();
  /** Runs that have ended, or will not run: nobody waits for them. */
  readonly #over = new Set<string>();
  /** The steps of the stored states by name. */
  readonly #stored = new Map<string, number>();
  /** Names of states that this sweep has put or used. */
  readonly #used = new Set<string>();
  readonly #names = new Map<string, string>();
  readonly #wakers: (() => void)[] = [];

  constructor(options: TrunkOptions) {
    this.#options = options;
    if (options.sharing === undefined) return;
    this.#origins = options.sharing.origins;
    for (const [id, { of, steps }] of this.#origins) {
      const branches = this.#branches.get(of) ?? new Map<number, Set<string>>();
      this.#branches.set(of, branches);
      branches.set(steps, (branches.get(steps) ?? new Set()).add(id));
    }
    for (const { trajectory, engine, step } of options.store.checkpoints())
      if (engine === options.engine && trajectory.startsWith('s')) this.#stored.set(trajectory, step);
  }

  /** Whether a run need not wait for the state that it branches off from. */
  isReady(run: PlannedRun): boolean {
    const origin = this.#origins.get(run.id);
    return (
      origin === undefined || this.#over.has(origin.of) || this.#stored.has(this.#name(run, origin.steps))
    );
  }

  /** Resolves when something has ended or was stored: perhaps another run is ready then. */
  nextChange(): Promise<void> {
    return new Promise((resolve) => this.#wakers.push(resolve));
  }

  /** The steps after which a run has to give its state, the first one first. */
  sharesOf(run: PlannedRun): number[] {
    const steps = [...(this.#branches.get(run.id)?.keys() ?? [])];
    return steps.filter((step) => !this.#stored.has(this.#name(run, step))).sort((a, b) => a - b);
  }

  /** The latest state that is shared with a run and lies at most `atMost` steps behind its start. */
  startOf(run: PlannedRun, atMost: number): SavedState | undefined {
    const { store, engine } = this.#options;
    if (this.#stored.size === 0) return undefined;
    for (const step of [...new Set(this.#stored.values())].sort((a, b) => b - a)) {
      if (step > Math.min(atMost, this.#courseOf(run).length)) continue;
      const name = this.#name(run, step);
      const bytes = this.#stored.has(name) ? store.checkpoint(name, engine, step) : undefined;
      if (bytes === undefined) continue;
      this.#used.add(name);
      return { step, bytes };
    }
    return undefined;
  }

  /** Whether the state is one that others wait for; it is then kept. */
  put(run: PlannedRun, { step, bytes }: SavedState): boolean {
    if (!this.#branches.get(run.id)?.has(step)) return false;
    const { store, engine } = this.#options;
    const name = this.#name(run, step);
    if (!this.#stored.has(name)) store.putCheckpoint({ trajectory: name, engine, step, bytes });
    this.#stored.set(name, step);
    this.#used.add(name);
    this.wake();
    return true;
  }

  /** A run has ended or is given up. What only it has waited for is dropped. */
  end(run: PlannedRun): void {
    if (this.#origins.size > 0) this.#over.add(run.id);
    const origin = this.#origins.get(run.id);
    try {
      if (origin === undefined) return;
      const waiting = this.#branches.get(origin.of)?.get(origin.steps);
      waiting?.delete(run.id);
      if (waiting?.size === 0) this.#drop(this.#name(run, origin.steps));
    } finally {
      this.wake(); // also where the store fails: nobody else would
    }
  }

  /** After the last run: what is left of the states that this sweep has used. */
  dropAll(): void {
    for (const name of this.#used) this.#drop(name);
  }

  wake(): void {
    for (const resolve of this.#wakers.splice(0)) resolve();
  }

  #drop(name: string): void {
    if (this.#stored.delete(name)) this.#options.store.dropCheckpoints(name, this.#options.engine);
  }

  #name(run: PlannedRun, steps: number): string {
    const key = `${run.id} ${steps}`;
    const name = this.#names.get(key) ?? prefixId(this.#courseOf(run), steps);
    this.#names.set(key, name);
    return name;
  }

  #courseOf({ spec }: PlannedRun) {
    return courseOf(spec, this.#options.resources.datasets[dataKey(spec.data)]?.train.count ?? 0);
  }
}
