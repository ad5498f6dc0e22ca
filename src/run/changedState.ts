import type { Layout } from '../core/layout.ts';
import { measureMemory } from '../core/memory.ts';
import { linksOf, type OptimizerParts } from '../optim/assemble.ts';
import type { Checkpoint } from '../train/checkpoint.ts';
import { copyState, haveSameShape } from '../train/plainState.ts';
import type { RateSource } from '../train/train.ts';
import type { UserOptimizer } from './catalog/method.ts';
import { type Stretch, stretchesOf } from './changes.ts';
import { assembledParts } from './optimizer.ts';
import { splitKind } from './schema.ts';
import type { RunSpec } from './spec.ts';

/** A stretch with the step after which its method started: the steps of a method count from there (see optim/startedLater.ts). */
export interface MethodStretch extends Stretch {
  readonly methodStartsAfter: number;
  readonly parts: OptimizerParts;
}

/**
 * The stretches of a run on a network. A method goes on over a change where its kind (whatever its dialect), the kinds of its modifiers
 * and the shape of its state stay the same; otherwise another one starts.
 */
export function methodStretches(
  spec: RunSpec,
  layout: Layout,
  userOptimizers: Readonly<Record<string, UserOptimizer>>,
): MethodStretch[] {
  const stretches: MethodStretch[] = [];
  for (const stretch of stretchesOf(spec)) {
    const parts = assembledParts(stretch.spec, userOptimizers);
    const before = stretches.at(-1);
    const goesOn = before === undefined || methodGoesOn(before, { ...stretch, parts }, layout);
    const methodStartsAfter = goesOn ? (before?.methodStartsAfter ?? 0) : stretch.after;
    stretches.push({ ...stretch, methodStartsAfter, parts });
  }
  return stretches;
}

type Assembled = Pick<MethodStretch, 'spec' | 'parts'>;

function methodGoesOn(before: Assembled, after: Assembled, layout: Layout): boolean {
  return methodOf(before.spec) === methodOf(after.spec) && haveSameStates(before.parts, after.parts, layout);
}

/** The kinds of what makes a direction of the gradient. */
function methodOf({ optimizer, modifiers }: RunSpec): string {
  const { name } = splitKind(optimizer.kind);
  return [name, ...modifiers.map(({ kind }) => splitKind(kind).name)].join();
}

function haveSameStates(a: OptimizerParts, b: OptimizerParts, layout: Layout): boolean {
  let same = false;
  measureMemory(8, (allocator) => {
    const [one, other] = [a, b].map(({ gradient, direction }) => [
      gradient?.init(layout, allocator),
      direction.init(layout, allocator),
    ]);
    same = haveSameShape(one, other);
  });
  return same;
}

/** The links of `assembleOptimizer` that the key `clip` makes. */
const CLIPS: readonly string[] = ['clip', 'updateClip'] satisfies (keyof OptimizerParts)[];

/**
 * The checkpoint at the end of a stretch as one that the next begins from. Parameters, buffers, series, evaluations, costs and the chain
 * are the same. Of the optimizer's state each part goes on by itself:
 *
 * - the method with its modifiers where it goes on (see {@link methodStretches});
 * - the clip of the gradient and that of the update where the kind and the shape of its state are the same;
 * - the averaging likewise, whatever it wraps;
 * - a learning rate that reacts to a metric where the schedule and `optimizer.learningRate` are the same.
 *
 * Everything else is as at the start of a run: `fresh` is the state of the next optimizer as it was initialised.
 */
export function changedCheckpoint(
  checkpoint: Checkpoint,
  before: MethodStretch,
  after: MethodStretch,
  fresh: { readonly optimizerState: unknown; readonly rate: RateSource },
): Checkpoint {
  const old = unwrap(checkpoint.optimizerState, before);
  const next = unwrap(fresh.optimizerState, after);
  const links: Readonly<Record<string, unknown>> = old.links;
  const goesOn = (name: string, state: unknown) => {
    if (!Object.hasOwn(links, name) || !haveSameShape(links[name], state)) return false;
    if (name === 'direction' || name === 'gradient')
      return before.methodStartsAfter === after.methodStartsAfter;
    return !CLIPS.includes(name) || before.spec.clip.kind === after.spec.clip.kind;
  };
  const carried = Object.entries(next.links).map(([name, state]) =>
    goesOn(name, state) ? links[name] : state,
  );
  const averages =
    before.spec.averaging.kind === after.spec.averaging.kind && haveSameShape(old.averaging, next.averaging);
  const optimizerState = wrap(carried, averages ? old.averaging : next.averaging, after);
  return {
    ...checkpoint,
    optimizerState: copyState(optimizerState, 'the state of the optimizer'),
    controller: controllerOf(checkpoint, before.spec, after.spec, fresh.rate),
  };
}

type State = Readonly<Record<string, unknown>>;

/** The states of the links by name, and what the averaging keeps beside them. */
function unwrap(
  state: unknown,
  { spec, parts }: Assembled,
): { readonly links: State; readonly averaging: State } {
  const { inner = state, ...averaging } = spec.averaging.kind === 'none' ? {} : (state as State);
  const states = (hasRates(spec) ? (inner as unknown[])[0] : inner) as unknown[];
  const names = Object.keys(linksOf(parts));
  return { links: Object.fromEntries(names.map((name, i) => [name, states[i]])), averaging };
}

/** As `createOptimizer` nests them. */
function wrap(links: readonly unknown[], averaging: State, { spec }: Assembled): unknown {
  const grouped = hasRates(spec) ? [links, null] : links;
  return spec.averaging.kind === 'none' ? grouped : { inner: grouped, ...averaging };
}

function hasRates({ rates }: RunSpec): boolean {
  return Object.keys(rates).length > 0;
}

function controllerOf(
  { controller }: Checkpoint,
  before: RunSpec,
  after: RunSpec,
  rate: RateSource,
): Checkpoint['controller'] {
  if ('schedule' in rate) return null;
  const asBefore =
    before.optimizer.learningRate === after.optimizer.learningRate &&
    JSON.stringify(before.schedule) === JSON.stringify(after.schedule);
  return asBefore ? controller : { ...rate.controller.save() };
}
