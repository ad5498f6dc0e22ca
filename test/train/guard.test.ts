import { expect, it } from 'vitest';
import { stream } from '../../src/core/rng.ts';
import { referenceEngine } from '../../src/kernels/reference.ts';
import { batchNorm } from '../../src/nn/batchNorm.ts';
import { dense } from '../../src/nn/dense.ts';
import { pytorchDefault } from '../../src/nn/init.ts';
import { openNetwork, planNetwork } from '../../src/nn/network.ts';
import { createGuard, type NonFinitePolicy } from '../../src/train/guard.ts';

function open(policy: NonFinitePolicy) {
  const layers = [dense({ units: 3 }), batchNorm(), dense({ units: 2 })];
  const plan = planNetwork({ layers, inShape: { H: 1, W: 1, C: 2 }, classes: 2, batchSize: 2 });
  const { network, kernels } = openNetwork(plan, referenceEngine);
  network.initialize(pytorchDefault(), stream(0, 'init'));
  const buffers = new Float64Array(network.buffers.length);
  const guard = createGuard({ network, kernels, policy, lossAbove: 100, buffers });
  guard.begin();
  network.grads.fill(1);
  return { network, guard };
}

it('ends the run at a bad loss or gradient, or at a loss above the bound', () => {
  const { network, guard } = open('end');
  expect(guard.divergence(1)).toBeNull();
  expect(guard.divergence(101)).toBe('the training loss 101 is above the bound of 100');
  expect(guard.divergence(Number.NaN)).toBe('the training loss is NaN');
  network.grads[0] = Number.POSITIVE_INFINITY;
  expect(guard.divergence(1)).toBe('the norm of the gradient is Infinity');
  expect(guard.mend(1)).toBe(0);
});

it('zeroes the bad elements alone and counts them, the loss with them', () => {
  const { network, guard } = open('zero');
  network.grads[0] = Number.NaN;
  network.grads[2] = Number.NEGATIVE_INFINITY;
  network.buffers.fill(Number.NaN);
  expect(guard.divergence(Number.NaN)).toBeNull();
  expect(guard.divergence(101)).toBe('the training loss 101 is above the bound of 100');
  expect(guard.mend(Number.NaN)).toBe(3);
  expect([...network.grads.slice(0, 4)]).toEqual([0, 1, 0, 1]);
  // the running statistics that the bad pass left are put back
  expect([...network.buffers.slice(0, 3)]).toEqual([0, 0, 0]);
});

it('leaves the gradient alone where the step is skipped, and everything where all is finite', () => {
  const { network, guard } = open('skip');
  network.buffers.fill(7);
  expect(guard.mend(1)).toBe(0);
  expect(network.buffers[0]).toBe(7);
  network.grads[0] = Number.NaN;
  expect(guard.mend(1)).toBe(1);
  expect(network.grads[0]).toBeNaN();
  expect(network.buffers[0]).toBe(0);
});

it('counts nothing in a finite gradient whose norm overflows', () => {
  const { network, guard } = open('zero');
  network.grads[0] = 1e200;
  expect(guard.mend(1)).toBe(0);
  expect(network.grads[0]).toBe(1e200);
});

it('ends the run at a bad evaluation, one that is not finite only at the last step if the policy is to go on', () => {
  const text = 'the training loss of the evaluation after step 5 is';
  for (const policy of ['end', 'skip', 'zero'] as const) {
    const { guard } = open(policy);
    expect(guard.divergedEvaluation(100, 5, true)).toBeNull();
    expect(guard.divergedEvaluation(101, 5, false)).toBe(`${text} 101, above the bound of 100`);
    expect(guard.divergedEvaluation(Number.NaN, 5, true)).toBe(`${text} NaN`);
    const early = guard.divergedEvaluation(Number.POSITIVE_INFINITY, 5, false);
    expect(early).toBe(policy === 'end' ? `${text} Infinity` : null);
  }
});
