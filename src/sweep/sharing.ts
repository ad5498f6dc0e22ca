import { sha256 } from '../core/hash.ts';
import type { Dataset } from '../data/dataset.ts';
import { type Course, courseOf, isSameStep } from '../run/course.ts';
import { dataKey } from '../run/execute.ts';
import type { RunSpec } from '../run/spec.ts';
import type { PlannedRun, PlannedStage } from './plan.ts';

/** Where a run branches off: it has the first `steps` steps of the run `of`. */
export interface Origin {
  readonly of: string;
  readonly steps: number;
}

/** Which of a stage's runs go on from a state of which, and what that saves. */
export interface Sharing {
  readonly origins: ReadonlyMap<string, Origin>;
  /** Steps that are not computed again, of how many. */
  readonly saved: number;
  readonly total: number;
}

export const NO_SHARING: Sharing = { origins: new Map(), saved: 0, total: 0 };

/** A shorter beginning, as a part of the horizon, is not worth a checkpoint. */
const LEAST_PART = 1 / 20;

const leastSteps = ({ horizon }: Course) => Math.max(1, Math.ceil(horizon * LEAST_PART));

/**
 * Looks at the missing runs of a stage while they pass, one at a time, and keeps sixteen digits of each: runs can share a beginning that
 * is worth it only if these are the same. Runs of which no other has the same cost nothing more.
 */
export class BeginningSurvey {
  readonly #groups = new Map<string, string | string[]>();
  readonly #datasets: Readonly<Record<string, Dataset>>;
  #total = 0;

  /** `datasets` by `dataKey` may be filled while runs pass: a run is looked at when the next one is asked for. */
  constructor(datasets: Readonly<Record<string, Dataset>>) {
    this.#datasets = datasets;
  }

  *watch<Run extends PlannedRun>(runs: Iterable<Run>, isMissing: (id: string) => boolean): Generator<Run> {
    for (const run of runs) {
      yield run;
      if (isMissing(run.id)) this.#see(run);
    }
  }

  #see({ id, spec }: PlannedRun): void {
    const course = this.#courseOf(spec);
    if (course === undefined || course.length === 0) return;
    this.#total += course.length;
    const last = Math.min(leastSteps(course), course.length) - 1;
    const values = [0, last >> 1, last].map((step) => `${course.key(step)} ${course.rate(step)}`);
    const key = sha256(values.join('\n')).slice(0, 16);
    const group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, id);
    else if (typeof group === 'string') this.#groups.set(key, [group, id]);
    else group.push(id);
  }

  #courseOf(spec: RunSpec): Course | undefined {
    const images = this.#datasets[dataKey(spec.data)]?.train.count;
    return images === undefined ? undefined : courseOf(spec, images);
  }

  /** What the runs that passed share. Makes those of them that may share something once more. */
  sharing(stage: Pick<PlannedStage, 'runs'>): Sharing {
    const groupOf = new Map<string, number>();
    for (const [number, group] of [...this.#groups.values()].entries())
      if (typeof group !== 'string') for (const id of group) groupOf.set(id, number);
    this.#groups.clear();
    if (groupOf.size === 0) return { ...NO_SHARING, total: this.#total };
    const families = new Map<number, Member[]>();
    for (const { id, spec } of stage.runs((one) => groupOf.has(one))) {
      const course = this.#courseOf(spec);
      const number = groupOf.get(id);
      if (course === undefined || number === undefined) continue;
      families.set(number, [...(families.get(number) ?? []), { id, course }]);
    }
    const origins = new Map<string, Origin>();
    for (const members of families.values()) branch(members, 0, undefined, origins);
    const saved = [...origins.values()].reduce((sum, { steps }) => sum + steps, 0);
    return { origins, saved, total: this.#total };
  }
}

export interface Member {
  readonly id: string;
  readonly course: Course;
}

/**
 * Finds where the members part whose first `from` steps are the same. The first one of them is the trunk; who leaves it together is
 * a family of its own, the first of which branches off the trunk, the others off that one if they stay with it for long enough.
 */
export function branch(
  members: readonly Member[],
  from: number,
  inherited: Origin | undefined,
  origins: Map<string, Origin>,
): void {
  const [trunk] = members;
  const least = leastSteps(trunk.course);
  const originAt = (step: number) =>
    step - (inherited?.steps ?? 0) >= least ? { of: trunk.id, steps: step } : inherited;
  const give = (id: string, origin: Origin | undefined) => origin !== undefined && origins.set(id, origin);
  let together = members.slice(1);
  for (let step = from; together.length > 0; step++) {
    const over = together.filter(({ course }) => step >= Math.min(course.length, trunk.course.length));
    for (const { id } of over) give(id, originAt(step));
    const here = together.filter((member) => !over.includes(member));
    together = here.filter(({ course }) => isSameStep(course, trunk.course, step));
    for (const leaving of partsOf(here, together, step)) {
      give(leaving[0].id, originAt(step));
      branch(leaving, step, originAt(step), origins);
    }
  }
}

/** Those that leave, with whom they take the next step. */
function partsOf(here: readonly Member[], staying: readonly Member[], step: number): Member[][] {
  if (here.length === staying.length) return [];
  const parts = new Map<string, Member[]>();
  const stays = new Set(staying);
  for (const member of here) {
    if (stays.has(member)) continue;
    const value = `${member.course.key(step)} ${member.course.rate(step)}`;
    parts.set(value, [...(parts.get(value) ?? []), member]);
  }
  return [...parts.values()];
}
