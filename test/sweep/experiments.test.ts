/** The experiments that are protocols, on a pretended objective: what they would run, and that their targets hold for them. */
import { describe, expect, it } from 'vitest';
import targets from '../../experiments/targets/synthGlyphs-1.json' with { type: 'json' };
import targetsSynth from '../../experiments/targetsSynth.ts';
import tunedOptimizers from '../../experiments/tunedOptimizers.ts';
import type { Json } from '../../src/core/json.ts';
import { parseSpec } from '../../src/run/spec.ts';
import { targetsBetween } from '../../src/sweep/targets.ts';
import { driveProtocol } from './driveProtocol.ts';

/** The smaller the learning rate the better: every method comes to an edge. */
const objective = (spec: { readonly optimizer: unknown }) => ({
  losses: [(spec.optimizer as { learningRate: number }).learningRate],
});
const sizesOf = (protocol: (typeof targetsSynth)['protocol']) => {
  const { stages } = driveProtocol<Json>(protocol!, objective);
  for (const spec of stages.flatMap(({ specs }) => specs)) parseSpec(spec);
  return stages.map(({ name, specs }) => [name, specs.length]);
};

describe('experiments/targetsSynth', () => {
  it('has 64 trials of four methods and 20 runs of the best', () => {
    expect(sizesOf(targetsSynth.protocol)).toEqual([
      ['tuning', 256],
      ['evaluation', 20],
    ]);
  });

  it('has left a file whose targets follow from its values', () => {
    const values = targets.evaluation.values.toSorted((a, b) => a - b);
    const middle = (values[9] + values[10]) / 2;
    expect(targets.evaluation.median).toBe(middle);
    expect(targets.targets).toEqual(targetsBetween(targets.initial, middle));
    expect(Object.keys(targets.spaces)).toEqual(['adamw', 'momentum', 'nadamw', 'nesterov']);
  });
});

describe('experiments/tunedOptimizers', () => {
  it('has 16 trials of 3 seeds of eight methods, and 10 runs of every winner', () => {
    expect(sizesOf(tunedOptimizers.protocol)).toEqual([
      ['tuning', 8 * 12 * 3],
      ['extension', 8 * 4 * 3],
      ['evaluation', 8 * 10],
    ]);
  });

  it('declares the frozen target and a reference that takes part', () => {
    expect(tunedOptimizers.conclusion?.target).toBe(targets.targets.hard);
    const { decision } = driveProtocol<Json>(tunedOptimizers.protocol!, objective);
    const { methods } = decision as { methods: Record<string, unknown> };
    expect(Object.keys(methods)).toContain(tunedOptimizers.conclusion?.reference);
  });
});
