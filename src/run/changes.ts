import { z } from 'zod';
import { InvalidInput, unknownName } from '../core/check.ts';
import { canonicalJson, type Json } from '../core/json.ts';
import { lastStepOf } from './catalog/faults.ts';
import { whole } from './numbers.ts';
import { strict } from './schema.ts';
import type { RunSpec } from './spec.ts';

/**
 * The steps after the first `after` are made with other options: paths in the spec (`optimizer.learningRate`, `clip`) and their values.
 * null ends what may be absent (see {@link withOptions}).
 */
export interface Change {
  readonly after: number;
  readonly set: Readonly<Record<string, Json>>;
}

/** What of a spec may change during its run. */
export const CHANGEABLE: readonly string[] = [
  'optimizer',
  'modifiers',
  'averaging',
  'rates',
  'schedule',
  'clip',
  'weightDecay',
  'evaluations',
  'probes',
  'divergence',
  'nonFinite',
  'faults',
  'precision',
  'perturbation',
];

const HORIZON = 'schedules see the horizon of the whole run, and the step of the change is counted in it';
const NETWORK = 'the network and its memory are planned once';
const ENGINE = 'the state lies in its memory';

/** Why other keys may not. */
const FIXED: Readonly<Record<string, string>> = {
  data: 'the world of a run is what its runs are compared in',
  seed: 'the world of a run is what its runs are compared in',
  model: NETWORK,
  loss: NETWORK,
  batchSize: HORIZON,
  epochs: HORIZON,
  until: HORIZON,
  engine: ENGINE,
  convolution: ENGINE,
  changes: 'changes follow each other in one list',
};

export const changesSchema = z.array(
  strict({
    after: whole(1).describe('the last step before the change'),
    set: z.record(z.string(), z.custom<Json>()),
  }),
);

/** A mistake in the changes of a spec. */
export interface ChangeMistake {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/**
 * Checks changes and brings them to their one form: every change says the options that it changes, as far inside as kinds and keys are
 * the same, and with their defaults; what ends is null, and what changes nothing is left out. `parse` checks a whole spec and throws what
 * is wrong with it.
 */
export function normalizeChanges(
  base: RunSpec,
  changes: readonly Change[],
  parse: (input: unknown) => RunSpec,
): { readonly changes: readonly Change[]; readonly mistakes: readonly ChangeMistake[] } {
  const mistakes: ChangeMistake[] = [];
  const normalized: Change[] = [];
  let before = base;
  for (const [i, { after, set }] of changes.entries()) {
    const last = changes[i - 1]?.after ?? 0;
    if (after <= last) {
      const message = `got ${after} behind a change after step ${last}, expected a later step: order them, or make one of both`;
      mistakes.push({ path: [i, 'after'], message });
    }
    const wrong = Object.keys(set).flatMap((path) => refusal(path) ?? []);
    for (const message of wrong) mistakes.push({ path: [i, 'set'], message });
    if (wrong.length > 0) continue;
    try {
      const next = parse(withOptions(before, set));
      requireSameModule(before, next);
      const late = tooLate(before, next, after);
      for (const message of late) mistakes.push({ path: [i, 'set'], message });
      const options = optionsThatDiffer(before, next);
      if (options.length > 0) normalized.push({ after, set: Object.fromEntries(options) });
      before = next;
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      const lines = error.message.replace(/^invalid /, '').split('\n  ');
      for (const line of lines) mistakes.push({ path: [i, 'set'], message: line.replace(/^\./, '') });
    }
  }
  return { changes: normalized, mistakes };
}

function refusal(path: string): string | undefined {
  const [key] = path.split('.');
  if (CHANGEABLE.includes(key)) return undefined;
  const reason = FIXED[key];
  if (reason === undefined) return unknownName('option', key, CHANGEABLE).message;
  return `${path} cannot change during a run: ${reason}; what can: ${CHANGEABLE.join(', ')}`;
}

/** A user's file belongs to a run from its beginning. */
function requireSameModule({ optimizer: before }: RunSpec, { optimizer: after }: RunSpec): void {
  if (after.kind !== 'module' || (before.kind === 'module' && before.sha256 === after.sha256)) return;
  throw new InvalidInput(
    "optimizer: a run cannot change to a user's optimizer; start with it, or change to one of the catalog",
  );
}

/** What a change begins that would have happened before it. What goes on from the stretch before is no mistake. */
function tooLate(before: RunSpec, next: RunSpec, after: number): string[] {
  const known = (before.faults ?? []).map(canonicalJson);
  const faults = (next.faults ?? []).flatMap((fault) => {
    const last = lastStepOf(fault);
    if (last > after || known.includes(canonicalJson(fault))) return [];
    return [
      `faults: got ${fault.kind} up to step ${last}, expected a step after ${after}: let it happen later, or change earlier`,
    ];
  });
  const { perturbation } = next;
  if (perturbation === undefined || perturbation.step > after || isEqual(before.perturbation, perturbation))
    return faults;
  const message = `perturbation.step: got ${perturbation.step}, expected a step after ${after}, that of the change`;
  return [...faults, message];
}

/**
 * A copy of a spec with options at their paths, whole parts before what is in them, and the kind of a part before its other options. It is
 * no checked spec yet.
 *
 * - null at a key that has no `kind` around it (`precision`, `precision.weights`, `clip`) takes the key away: what has a default gets
 *   that when the spec is checked. Within a part with a kind null is a value (`optimizer.clipExp`).
 * - Another `kind` (`optimizer.kind`) has options of its own: those of the kind before are taken away.
 * - A learning rate is kept by a part that gives none of its own.
 *
 * @throws InvalidInput on a path into what is not there.
 */
export function withOptions(spec: RunSpec, set: Change['set']): RunSpec {
  const copy = structuredClone(spec) as unknown as Record<string, unknown>;
  for (const path of Object.keys(set).sort(byDepth)) setAt(copy, path, set[path]);
  return copy as unknown as RunSpec;
}

const rankOf = (path: string) => 2 * path.split('.').length - (path.endsWith('.kind') ? 1 : 0);
const byDepth = (a: string, b: string) => rankOf(a) - rankOf(b);

function setAt(spec: Record<string, unknown>, path: string, value: Json): void {
  const keys = path.split('.');
  const last = keys.pop() as string;
  let at: unknown = spec;
  let hasKind = false;
  for (const key of keys) {
    at = isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
    hasKind ||= isObject(at) && Object.hasOwn(at, 'kind');
  }
  if (!isObject(at)) {
    throw new InvalidInput(
      `${path}: there is nothing that could have the option ${last}; give the whole part`,
    );
  }
  if (last === 'kind' && hasKind && at.kind !== value) {
    for (const key of Object.keys(at)) if (key !== 'learningRate') delete at[key];
  }
  if (value === null && !hasKind) delete at[last];
  else define(at, last, withRateOf(at[last], value));
}

function withRateOf(before: unknown, value: Json): Json {
  if (!isObject(before) || !isObject(value) || !Object.hasOwn(before, 'learningRate')) return value;
  return { ...value, learningRate: (value.learningRate ?? before.learningRate) as Json };
}

/** Also a key like __proto__. */
function define(object: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

/** Paths and new values, as far inside as objects have the same kind and the same keys; null for a key that is no longer there. */
function optionsThatDiffer(before: RunSpec, after: RunSpec): [path: string, value: Json][] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
    differences(before[key as keyof RunSpec], after[key as keyof RunSpec], key),
  );
}

function differences(before: unknown, after: unknown, path: string): [path: string, value: Json][] {
  if (isEqual(before, after)) return [];
  if (!isObject(before) || !isObject(after) || !haveSameKeys(before, after))
    return [[path, (after ?? null) as Json]];
  return Object.keys(after).flatMap((key) => differences(before[key], after[key], `${path}.${key}`));
}

function isEqual(a: unknown, b: unknown): boolean {
  return a === undefined || b === undefined ? a === b : canonicalJson(a) === canonicalJson(b);
}

/** Names of tensors have dots: what has such keys stays whole. */
function haveSameKeys(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  const [one, other] = [Object.keys(a).sort(), Object.keys(b).sort()];
  return a.kind === b.kind && one.join('\n') === other.join('\n') && !one.some((key) => key.includes('.'));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A stretch of a run with one and the same spec. */
export interface Stretch {
  /** Without changes. */
  readonly spec: RunSpec;
  /** It has the steps behind `after` up to `end`; the last one those up to the end of the run, its `end` is infinite. */
  readonly after: number;
  readonly end: number;
}

/** The stretches of a run, one more than it has changes. */
export function stretchesOf({ changes = [], ...base }: RunSpec): Stretch[] {
  const ends = [...changes.map(({ after }) => after), Number.POSITIVE_INFINITY];
  let spec: RunSpec = base;
  return ends.map((end, i) => {
    if (i > 0) spec = withOptions(spec, changes[i - 1].set);
    return { spec, after: ends[i - 1] ?? 0, end };
  });
}
