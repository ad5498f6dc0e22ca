import type { Layout } from '../core/layout.ts';
import type { Vec } from '../core/memory.ts';
import type { StepRange } from '../kernels/kernels.ts';
import { type FusedDirection, type FusedOptimizer, fusedDirection, withFusedStep } from './fused.ts';
import { namedChain, scaleByLearningRate, type Transform } from './transform.ts';
import type { Decay } from './weightDecay.ts';

export interface OptimizerParts {
  /** Replaces the gradient by one from another place (see sam.ts). */
  readonly gradient?: Transform;
  /** Limits the gradient (see clip.ts). */
  readonly clip?: Transform;
  /** Limits what the direction made of it. */
  readonly updateClip?: Transform;
  /** Weight decay as a part of the gradient (see weightDecay.ts). */
  readonly coupledDecay?: Decay;
  /** The method: turns the gradient into a direction. */
  readonly direction: Transform;
  /** Weight decay beside the gradient (see weightDecay.ts). */
  readonly decoupledDecay?: Decay;
}

/**
 * A whole optimizer from its parts, in the one order that the libraries agree on:
 *
 * 0. the gradient itself, for methods that take it elsewhere;
 * 1. clip: what is limited is the gradient of the loss, before the decay is added to it;
 * 2. coupled decay: part of the gradient that the direction sees;
 * 3. the direction, and the clip of the update: before the learning rate, so that its threshold does not depend on the
 *    rate, unless the direction applied the rate itself;
 * 4. the learning rate with its minus sign, unless the direction applied it;
 * 5. decoupled decay: after the learning rate, so that no direction scales it;
 * 6. zeros in the padding: a direction may leave a NaN there (0 / 0 with eps = 0), the parameters must not get it.
 *
 * It has a fused form where the direction has one and nothing stands between the gradient and the decay but a clip.
 */
export function assembleOptimizer(parts: OptimizerParts): Transform {
  const { gradient, direction, updateClip } = parts;
  const links = linksOf(parts);
  const whole = namedChain(links);
  const fused = fusedDirection(direction);
  if (fused === undefined || gradient !== undefined || updateClip !== undefined) return whole as Transform;
  return withFusedStep(whole, fuse(parts, fused, Object.values(links).indexOf(direction))) as Transform;
}

/** The links of {@link assembleOptimizer} by name, in their order: its state is the list of their states. */
export function linksOf(parts: OptimizerParts): Readonly<Record<string, Transform>> {
  const { gradient, clip, coupledDecay, direction, updateClip, decoupledDecay } = parts;
  const links = {
    gradient,
    clip,
    coupledDecay,
    direction,
    updateClip,
    learningRate: direction.appliesLearningRate ? undefined : scaleByLearningRate(),
    decoupledDecay,
    padding: clearPadding(),
  };
  return Object.fromEntries(Object.entries(links).filter(([, link]) => link !== undefined)) as Record<
    string,
    Transform
  >;
}

/** The clip goes over all gradients first, since it may need their norm; all that follows is one pass. `at`: the direction's link. */
function fuse(parts: OptimizerParts, direction: FusedDirection<unknown>, at: number): FusedOptimizer {
  const { clip, coupledDecay, decoupledDecay } = parts;
  let range: StepRange | undefined;
  return (steps, { params, grads, updates }, moves, states, context) => {
    if (clip !== undefined) {
      updates.set(grads);
      clip.apply(updates, states[0], context);
      clearGaps(updates, context.layout); // it may have put a NaN there
      context.onLink?.('clip', updates, states[0]);
    }
    range ??= {
      offset: 0,
      length: 0,
      params,
      grads,
      updates,
      learningRate: 0,
      coupledDecay: null,
      decoupledDecay: null,
    };
    range.params = params;
    range.grads = clip === undefined ? grads : updates;
    range.updates = moves ? null : updates;
    range.learningRate = context.learningRate;
    for (const slot of context.layout.slots) {
      range.offset = slot.offset;
      range.length = slot.length;
      range.coupledDecay = coupledDecay?.factorOf(slot, context) ?? null;
      range.decoupledDecay = decoupledDecay?.factorOf(slot, context) ?? null;
      direction(steps, range, states[at], context);
    }
  };
}

function clearPadding(): Transform<null> {
  return {
    init: () => null,
    apply(updates, _state, { layout }) {
      clearGaps(updates, layout);
    },
  };
}

function clearGaps(updates: Vec, { slots, length }: Layout): void {
  for (let k = 0; k < slots.length; k++) {
    updates.fill(0, slots[k].offset + slots[k].length, slots[k + 1]?.offset ?? length);
  }
}
