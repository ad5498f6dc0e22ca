import { InvalidInput } from '../core/check.ts';
import { stream } from '../core/rng.ts';
import type { NetworkPlan } from '../nn/network.ts';
import type { Intervention } from '../train/intervention.ts';
import { faults, lastStepOf } from './catalog/faults.ts';
import { precisionInterventions } from './precision.ts';
import type { RunSpec } from './spec.ts';

/**
 * What a spec does to its run on purpose, in the order in which it acts: its faults, and behind them what rounds. `steps` is the horizon
 * of the run.
 * @throws InvalidInput if it names what the network does not have, or a step behind the horizon.
 */
export function interventionsOf(spec: RunSpec, plan: NetworkPlan, steps: number): readonly Intervention[] {
  const { perturbation } = spec;
  if (perturbation !== undefined && perturbation.step > steps) {
    throw new InvalidInput(
      `invalid perturbation.step: got ${perturbation.step}, expected at most ${steps}, the last step of the run; ` +
        'let it happen earlier, or make epochs larger',
    );
  }
  return [...faultsOf(spec, plan, steps), ...precisionInterventions(spec)];
}

function faultsOf(spec: RunSpec, plan: NetworkPlan, steps: number): Intervention[] {
  const faulted = { plan, random: (name: string) => stream(spec.seed, name) };
  return (spec.faults ?? []).map((fault) => {
    const last = lastStepOf(fault);
    const behind = fault.at > steps ? `at step ${fault.at}` : `up to step ${last}`;
    if (fault.at > steps || (last > steps && last !== Number.POSITIVE_INFINITY)) {
      throw new InvalidInput(
        `invalid faults: got ${fault.kind} ${behind}, expected at most ${steps}, the last step of the run; ` +
          'let it happen earlier, or make epochs larger',
      );
    }
    return faults[fault.kind].create(fault as never)(faulted);
  });
}
