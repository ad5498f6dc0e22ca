import { canonicalJson, type Json } from '../core/json.ts';
import type { RunSpec } from '../run/spec.ts';
import type { PlannedRun } from './plan.ts';
import { leavesOf } from './selectRuns.ts';
import { settingOf } from './setting.ts';

/** Runs that take equally long: they differ in their seed and their learning rate alone. */
export interface Setting {
  readonly spec: RunSpec;
  /** How many of them are to run. */
  missing: number;
  /** Some that are stored. */
  readonly stored: string[];
}

/** The first runs of a plan by what varies among all of them. */
export interface FirstRows {
  /** What varies, by the shortest name that `--only` takes. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Json[])[];
}

const MOST_ROWS = 5;
/** Beyond these a plan of 100,000 different settings would be in memory as a whole. */
const MOST_SETTINGS = 1000;
const MOST_STORED = 5;

/** Looks at the runs of a plan while they pass, one at a time. */
export class Survey {
  readonly #first: PlannedRun[] = [];
  readonly #paths = new Set<string>();
  readonly #values = new Map<string, Json>();
  readonly #varying = new Set<string>();
  readonly #settings = new Map<string, Setting>();
  /** Runs to run of settings beyond the first {@link MOST_SETTINGS}. */
  others = 0;

  get settings(): readonly Setting[] {
    return [...this.#settings.values()];
  }

  *watch<Run extends PlannedRun>(runs: Iterable<Run>, isMissing: (id: string) => boolean): Generator<Run> {
    for (const run of runs) {
      this.#see(run);
      this.#group(run, isMissing(run.id));
      yield run;
    }
  }

  firstRows(): FirstRows {
    const paths = [...this.#varying].sort((a, b) => rank(a) - rank(b));
    const columns = paths.map((path) => shortest(path, [...this.#paths]));
    const rows = this.#first.map(({ spec }) => {
      const leaves = leavesOf(spec as unknown as Json);
      return paths.map(
        (path) => leaves.get(leaves.get(path) === 'module' ? path.replace(/kind$/, 'name') : path) ?? null,
      );
    });
    return { columns, rows };
  }

  #see(run: PlannedRun): void {
    if (this.#first.length < MOST_ROWS) this.#first.push(run);
    const leaves = leavesOf(run.spec as unknown as Json);
    for (const [path, leaf] of leaves) {
      const value = Array.isArray(leaf) ? canonicalJson(leaf) : leaf;
      this.#paths.add(path);
      const place = placeOf(path, leaves);
      if (!this.#values.has(place)) this.#values.set(place, value);
      else if (!Object.is(this.#values.get(place), value)) this.#varying.add(path);
    }
  }

  #group({ id, spec }: PlannedRun, isMissing: boolean): void {
    const key = settingOf(spec);
    let setting = this.#settings.get(key);
    if (setting === undefined) {
      if (this.#settings.size === MOST_SETTINGS) {
        if (isMissing) this.others++;
        return;
      }
      setting = { spec, missing: 0, stored: [] };
      this.#settings.set(key, setting);
    }
    if (isMissing) setting.missing++;
    else if (setting.stored.length < MOST_STORED) setting.stored.push(id);
  }
}

/** An option varies if it does among the methods of one kind: those of another kind have it for another purpose, or not at all. */
function placeOf(path: string, leaves: ReadonlyMap<string, Json>): string {
  const parent = path.slice(0, Math.max(0, path.lastIndexOf('.')));
  const kind = leaves.get(`${parent}.kind`);
  return path.endsWith('.kind') || kind === undefined ? path : `${path} of ${String(kind)}`;
}

/** The method first, then its learning rate, the seed last. */
function rank(path: string): number {
  const order = ['optimizer.kind', 'optimizer.name', 'optimizer.learningRate'];
  if (path === 'seed') return order.length + 1;
  return order.includes(path) ? order.indexOf(path) : order.length;
}

/** `optimizer.kind` is `optimizer`, `optimizer.learningRate` is `learningRate` where nothing else ends so. */
function shortest(path: string, all: readonly string[]): string {
  if (path.endsWith('.kind')) return path.slice(0, -'.kind'.length);
  const last = path.slice(path.lastIndexOf('.') + 1);
  return all.some((other) => other !== path && (other === last || other.endsWith(`.${last}`))) ? path : last;
}
