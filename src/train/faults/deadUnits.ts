import { InvalidInput, unknownName } from '../../core/check.ts';
import type { Slot } from '../../core/layout.ts';
import { walk } from '../../nn/names.ts';
import type { NetworkPlan } from '../../nn/network.ts';
import type { FaultFactory } from './fault.ts';

/**
 * Kills the units of ReLUs before the forward pass of step `at`: what is added last in front of each of them, the bias of a dense layer or
 * convolution or the beta of a norm, becomes `bias` in every element. A unit is then dead for all inputs whose pre-activation without it
 * is below -bias; a batch norm in front bounds that by |gamma| sqrt(batch * H * W). Nothing holds it there afterwards: what is left of
 * the gradient, momentum and weight decay go on from it.
 * @throws InvalidInput if the network has no ReLU, or none of this name, or nothing is added in front of one.
 */
export function deadUnitsFault({
  at,
  layer,
  bias,
}: {
  readonly at: number;
  /** The path of one ReLU (`relu1`); all of them unless given. */
  readonly layer?: string | undefined;
  readonly bias: number;
}): FaultFactory {
  return ({ plan }) => {
    const shifts = shiftsOf(plan, layer);
    return {
      batch({ step, network: { params } }) {
        if (step !== at) return;
        for (const { offset, length } of shifts) params.fill(bias, offset, offset + length);
      },
    };
  };
}

/** The last bias or beta in front of each ReLU that is meant. */
function shiftsOf({ root, layout }: NetworkPlan, layer: string | undefined): Slot[] {
  const layers = walk(root);
  const relus = layers.filter((named) => named.layer.stem === 'relu').map(({ path }) => path);
  if (relus.length === 0) {
    throw new InvalidInput(
      'invalid faults: got deadUnits with a network without a ReLU, expected one that has units that can die; ' +
        'take the activation relu, or another fault',
    );
  }
  if (layer !== undefined && !relus.includes(layer)) {
    throw new InvalidInput(`invalid faults: ${unknownName('ReLU', layer, relus).message}`);
  }
  const shifts: Slot[] = [];
  let last: Slot | undefined;
  for (const { path, layer: passed } of layers) {
    for (const { name, role } of passed.params) {
      if (role === 'bias' || role === 'beta')
        last = layout.slots.find((slot) => slot.name === `${path}.${name}`);
    }
    if (passed.stem !== 'relu') continue;
    const shift = last;
    last = undefined;
    if (layer !== undefined && layer !== path) continue;
    if (shift === undefined) {
      throw new InvalidInput(
        `invalid faults: got deadUnits for ${path}, in front of which nothing is added, expected a bias or a beta; ` +
          'give its layer a bias, or its norm a beta',
      );
    }
    shifts.push(shift);
  }
  return shifts;
}
