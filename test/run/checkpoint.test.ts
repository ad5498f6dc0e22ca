import { describe, expect, it, vi } from 'vitest';
import { InvalidInput } from '../../src/core/check.ts';
import { canonicalJson } from '../../src/core/json.ts';
import { wasmEngines } from '../../src/kernels/wasm.ts';
import type { Checkpoint } from '../../src/run/execute.ts';
import { runId, trajectoryId } from '../../src/run/record.ts';
import { parseSpec, type RunSpecInput } from '../../src/run/spec.ts';
import { checkpointsAt, expectSameBytes, run, stored, tiny, tinyData } from './resumedRuns.ts';

const probes: RunSpecInput['probes'] = [
  { kind: 'gradientNorm' },
  { kind: 'update', every: 3 },
  { kind: 'deadUnits', every: 5 },
  { kind: 'slopes' },
  { kind: 'batchNormDrift', every: 7 },
];
const norm = { kind: 'batch' } as const;
const mlp: Extract<RunSpecInput['model'], { kind: 'mlp' }> = {
  kind: 'mlp',
  hidden: [6, 4],
  norm,
  dropout: 0.25,
};

const cases: Record<string, Partial<RunSpecInput>> = {
  'batch norm, dropout, PReLU and all probes': { model: { ...mlp, activation: { kind: 'prelu' } }, probes },
  'ReLU and all probes': { model: { kind: 'missionCnn' }, probes, epochs: 2 },
  'shortcuts and a calibrated start': { model: { kind: 'resnet8', init: { kind: 'lsuv' } }, epochs: 2 },
  'the float64 engine': { engine: 'reference', model: mlp, probes },
  'direct convolutions': { convolution: 'direct', model: { kind: 'plainNet', depth: 2, filters: 3, norm } },
  'the rate of a plateau': {
    schedule: { kind: 'plateau', patience: 1, factor: 0.5, cooldown: 1, threshold: 0.1 },
    evaluations: { perEpoch: 3 },
  },
  'a schedule, with scheduled betas': {
    schedule: { kind: 'oneCycle' },
    optimizer: { kind: 'adam', beta1: { base: 0.9, schedule: { kind: 'linear', endFactor: 0.5 } } },
  },
  'growing batches': { batchSize: { base: 2, schedule: { kind: 'linear', endFactor: 8 } } },
  'an exponential average': { model: mlp, averaging: { kind: 'ema', decay: 0.9 } },
  'a stochastic average': { averaging: { kind: 'swa', start: 30, every: 4 } },
  'the latest weights': { averaging: { kind: 'lawa', every: 6, checkpoints: 3 } },
  'lookahead with its momentum': {
    averaging: { kind: 'lookahead', pullbackMomentum: 'pullback' },
    optimizer: { kind: 'momentum', learningRate: 0.02 },
  },
  'a cautious direction': { modifiers: [{ kind: 'cautious' }] },
  'centred gradients and a slow gradient': { modifiers: [{ kind: 'centralize' }, { kind: 'grokfastEma' }] },
  'a window of gradients': { modifiers: [{ kind: 'grokfastMa', windowSize: 9, warmup: false }] },
  'a clip by value': { clip: { kind: 'value', clipValue: 0.01 } },
  'a clip by the norm of each tensor': { clip: { kind: 'layerNorm', maxNorm: 0.05 } },
  'a clip by units': { clip: { kind: 'adaptive', clipFactor: 0.001 } },
  'a clip of the update': { clip: { kind: 'blockRms', threshold: 0.5, place: 'update' } },
  'a clip by a percentile': { clip: { kind: 'autoClip', percentile: 50 } },
  'a clip by deviations': { clip: { kind: 'zClip', warmupSteps: 20, zThreshold: 1 } },
  'normalised gradients': { clip: { kind: 'normalize' }, optimizer: { kind: 'sgd', learningRate: 0.05 } },
  'rates by role and both decays': {
    rates: { bias: 0.5 },
    weightDecay: { kind: 'coupled', rate: 0.01 },
    optimizer: { kind: 'adamw' },
  },
  'a problem that counts its steps': {
    data: { kind: 'reddi', stepsPerEpoch: 8 },
    model: { kind: 'point' },
    batchSize: 1,
  },
  'a problem with noise': {
    data: { kind: 'noisyQuadratic', dimension: 5, stepsPerEpoch: 8 },
    model: { kind: 'point' },
    optimizer: { kind: 'psgd' },
    batchSize: 1,
  },
};

describe('a run that was interrupted has the bytes of one that was not', () => {
  it.each(Object.entries(cases))('with %s', async (_name, changes) => {
    const input = { ...tiny, ...changes };
    const { steps, outcome } = await run(input);
    expect(outcome.kind).toBe('completed');
    await expectSameBytes(input, [1, 5, Math.floor(steps / 2), steps]);
  });

  it.each(['skip', 'zero'] as const)('with gradients that are not finite, policy %s', async (nonFinite) => {
    const input = {
      ...tiny,
      nonFinite,
      divergence: { lossAbove: 1e300 },
      optimizer: { kind: 'sgd', learningRate: 3e37 },
      model: mlp,
    } as const;
    const { series } = await expectSameBytes(input, [3, 21, 40]);
    const { min, max } = series.steps.channels.nonFinite;
    expect([min[0], max[0] > 0, max[51] > 0]).toEqual([0, true, true]);
  });

  it('if it diverges behind the checkpoint', async () => {
    const input = { ...tiny, schedule: { kind: 'exponential', gamma: 2 } } as const;
    const { outcome } = await expectSameBytes(input, [2, 7]);
    expect(outcome.kind).toBe('diverged');
  });

  it('if it is interrupted again and again', async () => {
    const input = { ...tiny, model: mlp, epochs: 4 };
    const whole = canonicalJson(await run(input));
    let from: Checkpoint | undefined;
    for (let step = 1; step <= 32; step++) {
      const due = { isCheckpointDue: (at: number) => at === step };
      await run(input, { ...(from && { from }), ...due, onCheckpoint: (next) => (from = stored(next)) });
      expect(from?.step).toBe(step);
    }
    expect(canonicalJson(await run(input, { ...(from && { from }) }))).toBe(whole);
  });

  it('and one that was abandoned gives its memory back', async () => {
    const whole = canonicalJson(await run(tiny));
    const engine = wasmEngines.winograd;
    const closed = vi.fn();
    const { open } = engine;
    vi.spyOn(engine, 'open').mockImplementation((bytes) => {
      const opened = open(bytes);
      closed.mockImplementation(opened.close);
      return { ...opened, close: closed };
    });
    const abandoned = run(tiny, {
      isCheckpointDue(step) {
        if (step === 9) throw new Error('the time is up');
        return false;
      },
    });
    await expect(abandoned).rejects.toThrow('the time is up');
    expect(closed).toHaveBeenCalledTimes(1);
    vi.restoreAllMocks();
    expect(canonicalJson(await run(tiny))).toBe(whole);
  });
});

describe('a checkpoint', () => {
  it('holds copies: the run that goes on does not change it, and neither does one that starts from it', async () => {
    const { checkpoints } = await checkpointsAt(tiny, [5]);
    let [live] = checkpoints;
    await run(tiny, { isCheckpointDue: (step) => step === 5, onCheckpoint: (taken) => (live = taken) });
    expect(live).toEqual(checkpoints[0]);
    await run(tiny, { from: live });
    expect(live).toEqual(checkpoints[0]);
    expect(structuredClone(live, { transfer: [live.params.buffer as ArrayBuffer] })).toEqual(checkpoints[0]);
  });

  const misfits: [string, Partial<RunSpecInput>, string | RegExp][] = [
    [
      'network',
      { model: { kind: 'plainNet', depth: 2, filters: 2 } },
      /^invalid checkpoint: got the tensors conv1\.weight 3x1x3x3, .*, expected conv1\.weight 2x1x3x3, .*; it is of another run/,
    ],
    [
      'optimizer',
      { optimizer: { kind: 'momentum', learningRate: 0.1 } },
      'invalid checkpoint: got an object with mu, nu at the state of the optimizer[0], expected an object with trace; it is of another',
    ],
    [
      'engine',
      { engine: 'reference' },
      /got a Float32Array of \d+ at the parameters, expected a Float64Array of \d+/,
    ],
    ['horizon', { epochs: 14 }, 'invalid checkpoint: got a horizon of 104, expected 112;'],
    ['end', { until: 4 }, 'invalid checkpoint: got step 33, expected one from 0 to 32, the end of the run'],
    ['rate', { schedule: { kind: 'plateau' } }, 'got a rate with no state, expected a state;'],
    [
      'clip',
      { clip: { kind: 'value', clipValue: 1 } },
      'got a list of 3 at the state of the optimizer, expected a list of 4;',
    ],
    [
      'choice of probes',
      { probes: [] },
      /^invalid checkpoint: got the channels loss, learningRate, gradNorm, .*, expected loss, learningRate$/,
    ],
  ];
  it.each(misfits)('of another %s is refused', async (_name, changes, message) => {
    const { checkpoints } = await checkpointsAt(tiny, [33]);
    const refused = run({ ...tiny, ...changes }, { from: checkpoints[0] });
    await expect(refused).rejects.toThrow(InvalidInput);
    await expect(refused).rejects.toThrow(message);
  });
});

describe('a run that stops before its horizon', () => {
  const whole: RunSpecInput = {
    ...tiny,
    schedule: { kind: 'cosine' },
    model: mlp,
    evaluations: { perEpoch: 2 },
  };

  it('is the beginning of the whole run, and the whole run goes on from its end', async () => {
    const complete = await run(whole);
    let from: Checkpoint | undefined;
    // 8 and 24 steps in buckets of two; 56
    for (const until of [1, 3, 7]) {
      const taken: Checkpoint[] = [];
      const part = await run(
        { ...whole, until },
        { ...(from && { from }), onCheckpoint: (checkpoint) => taken.push(checkpoint) },
      );
      expect(canonicalJson(part)).toBe(canonicalJson(await run({ ...whole, until })));
      expect([part.outcome, part.steps]).toEqual([{ kind: 'completed' }, 8 * until]);
      expectBeginning(part.series.evaluations, complete.series.evaluations, 1 + 2 * until);
      expectBeginning(part.series.steps, complete.series.steps, 4 * until);
      expect(taken.map(({ step }) => step)).toEqual([8 * until]);
      from = stored(taken[0]);
    }
    expect(canonicalJson(await run(whole, { ...(from && { from }) }))).toBe(canonicalJson(complete));
  });

  it('may stop within a bucket, which the whole run then fills', async () => {
    const uneven = { ...whole, data: { ...tinyData, train: 34 }, epochs: 12 }; // nine steps an epoch, buckets of two
    const complete = await run(uneven);
    const taken: Checkpoint[] = [];
    const part = await run(
      { ...uneven, until: 3 },
      { onCheckpoint: (checkpoint) => taken.push(stored(checkpoint)) },
    );
    expect(part.series.steps.step.slice(-2)).toEqual([26, 27]);
    expect(complete.series.steps.step[13]).toBe(28);
    expectBeginning(part.series.evaluations, complete.series.evaluations, 7);
    expect(canonicalJson(await run(uneven, { from: taken[0] }))).toBe(canonicalJson(complete));
    expect(canonicalJson(await run({ ...uneven, until: 3 }, { from: taken[0] }))).toBe(canonicalJson(part));
  });

  it('may stop before its first step', async () => {
    const taken: Checkpoint[] = [];
    const part = await run({ ...whole, until: 0 }, { onCheckpoint: (at) => taken.push(stored(at)) });
    expect([part.steps, part.series.evaluations.step, part.series.steps.step]).toEqual([0, [0], []]);
    expect(canonicalJson(await run(whole, { from: taken[0] }))).toBe(canonicalJson(await run(whole)));
  });

  it('gives its last state once, where one was due as well; a whole run gives none', async () => {
    const given: number[] = [];
    const control = {
      isCheckpointDue: (step: number) => step === 8,
      onCheckpoint: ({ step }: Checkpoint) => void given.push(step),
    };
    await run({ ...tiny, until: 1 }, control);
    expect(given).toEqual([8]);
    await run({ ...tiny, epochs: 2 }, { onCheckpoint: control.onCheckpoint });
    expect(given).toEqual([8]);
  });

  it('has not diverged by an evaluation that the rest of the run may mend', async () => {
    // the loss of the evaluation is not finite; only the end of the whole run ends it for that
    const input: RunSpecInput = {
      ...tiny,
      ...{ epochs: 2, nonFinite: 'skip', divergence: { lossAbove: 1e300 } },
      ...{ model: mlp, optimizer: { kind: 'sgd', learningRate: 3e37 } },
    };
    const taken: Checkpoint[] = [];
    const part = await run({ ...input, until: 1 }, { onCheckpoint: (at) => taken.push(stored(at)) });
    expect(part.series.evaluations.train.loss.at(-1)).not.toSatisfy(Number.isFinite);
    expect(part.outcome).toEqual({ kind: 'completed' });
    const complete = await run(input);
    expect(complete.outcome.kind).toBe('diverged');
    expect(canonicalJson(await run(input, { from: taken[0] }))).toBe(canonicalJson(complete));
  });

  it('has an id of its own and the trajectory of the whole run; until is left out where it is the horizon', () => {
    const [all, part] = [parseSpec(tiny), parseSpec({ ...tiny, until: 4 })];
    expect(runId(part)).not.toBe(runId(all));
    expect(trajectoryId(part)).toBe(runId(all));
    expect(trajectoryId(all)).toBe(runId(all));
    expect(parseSpec({ ...tiny, until: 13 })).toEqual(all);
    expect(Object.keys(parseSpec({ ...tiny, until: 13 }))).not.toContain('until');
    expect(() => parseSpec({ ...tiny, until: 14 })).toThrow(
      'invalid spec.until: got 14, expected at most the 13 epochs of the run: leave it out, or make epochs larger',
    );
  });
});

/** Every list of `part` is the beginning of that in `whole`, `length` long. */
function expectBeginning(part: unknown, whole: unknown, length: number): void {
  if (Array.isArray(part)) {
    expect(part).toHaveLength(length);
    expect(part).toEqual((whole as unknown[]).slice(0, length));
    return;
  }
  expect(Object.keys(part as object)).toEqual(Object.keys(whole as object));
  for (const [key, value] of Object.entries(part as object))
    expectBeginning(value, (whole as Record<string, unknown>)[key], length);
}
