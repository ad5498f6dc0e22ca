import { InvalidInput } from '../core/check.ts';
import { importFile } from '../core/host.ts';
import { type OptimizerParts as AssembledParts, assembleOptimizer } from '../optim/assemble.ts';
import { scaleBySlot, slotScale } from '../optim/groups.ts';
import { startedLater } from '../optim/startedLater.ts';
import { namedChain, type Transform } from '../optim/transform.ts';
import {
  coupledDecay,
  type DecayOptions,
  type DecoupledDecayOptions,
  decoupledDecay,
} from '../optim/weightDecay.ts';
import { averagings } from './catalog/averagings.ts';
import { createClip } from './catalog/clips.ts';
import type { UserOptimizer } from './catalog/method.ts';
import { modifiers } from './catalog/modifiers.ts';
import { createMethod } from './catalog/optimizers.ts';
import { type Decay, weightDecays } from './catalog/weightDecays.ts';
import type { RunSpec } from './spec.ts';

/** The parts of a spec that its optimizer is made of. */
export type OptimizerParts = Pick<
  RunSpec,
  'optimizer' | 'modifiers' | 'averaging' | 'rates' | 'clip' | 'weightDecay' | 'precision'
>;

/**
 * The whole optimizer that a spec describes, the learning rate included. Its method may start after a step of the run (see changes.ts).
 * @throws InvalidInput if two parts of the spec decay the same weights.
 */
export function createOptimizer(
  spec: OptimizerParts,
  userOptimizers: Readonly<Record<string, UserOptimizer>>,
  startsAfter = 0,
): Transform {
  const whole = assembleOptimizer(assembledParts(spec, userOptimizers, startsAfter));
  const grouped =
    Object.keys(spec.rates).length === 0
      ? whole
      : namedChain({ optimizer: whole, rates: scaleBySlot(slotScale(spec.rates)) });
  return averagings[spec.averaging.kind].create(spec.averaging as never)(grouped);
}

/** What the optimizer of a spec is assembled of. @throws InvalidInput as {@link createOptimizer}. */
export function assembledParts(
  spec: OptimizerParts,
  userOptimizers: Readonly<Record<string, UserOptimizer>>,
  startsAfter = 0,
): AssembledParts {
  const method = createMethod(spec.optimizer, userOptimizers, spec.precision?.newtonSchulz);
  const decay: { coupled?: Decay; decoupled?: Decay } = weightDecays[spec.weightDecay.kind].create(
    spec.weightDecay as never,
  );
  if (decay.decoupled !== undefined && method.decay !== undefined && method.decay.rate !== 0) {
    throw new InvalidInput(
      `invalid weightDecay: ${spec.optimizer.kind} already decays the weights${typeof method.decay.rate === 'number' ? ` by ${method.decay.rate}` : ''}; ` +
        'give the rate in one place: set optimizer.weightDecay, or choose weightDecay none',
    );
  }
  const coupled = decay.coupled;
  const decoupled = decay.decoupled ?? method.decay;
  const modify = spec.modifiers.map((modifier) => modifiers[modifier.kind].create(modifier as never));
  const started = (link: Transform) => (startsAfter === 0 ? link : startedLater(link, startsAfter));
  return {
    direction: started(modify.reduce((direction, modifier) => modifier(direction), method.direction)),
    ...(method.gradient === undefined ? {} : { gradient: started(method.gradient) }),
    ...createClip(spec.clip),
    ...(coupled === undefined ? {} : { coupledDecay: coupledDecay(optionsOf(coupled)) }),
    ...(decoupled === undefined ? {} : { decoupledDecay: decoupledDecay(decoupledOptions(decoupled, spec)) }),
  };
}

function decoupledOptions(decay: Decay, { optimizer }: OptimizerParts): DecoupledDecayOptions {
  if (decay.corrected !== true) return optionsOf(decay);
  return { ...optionsOf(decay), largestLearningRate: optimizer.learningRate };
}

function optionsOf({ rate, on }: Decay): DecayOptions {
  return on === 'all' ? { rate, filter: () => true } : { rate };
}

let imports = 0;

/**
 * Imports the user's optimizer that a spec names; nothing for any other spec. Every call imports the file anew, so that what one
 * run leaves in its variables is not there for the next: which runs share a thread must not show. Modules that the file imports
 * itself are imported once a thread, and their variables do last.
 */
export async function loadUserOptimizers(
  spec: Pick<RunSpec, 'optimizer'>,
  modules: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, UserOptimizer>>> {
  if (spec.optimizer.kind !== 'module') return {};
  const { name, sha256 } = spec.optimizer;
  const path = modules[sha256];
  if (path === undefined) return {};
  const module = (await importFile(path, `import=${++imports}`)) as { default?: unknown };
  if (typeof module.default !== 'function') {
    throw new InvalidInput(
      `invalid optimizer file for ${name}: its default export is ${typeof module.default}, expected a function ` +
        '(options) => Transform; see "An optimizer of your own" in the README',
    );
  }
  return { [sha256]: module.default as UserOptimizer };
}
