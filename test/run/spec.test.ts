import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../../src/core/check.ts';
import { runId } from '../../src/run/record.ts';
import { parseSpec, type RunSpecInput } from '../../src/run/spec.ts';

const minimal: RunSpecInput = {
  data: { kind: 'synthGlyphs' },
  model: { kind: 'missionCnn' },
  optimizer: { kind: 'adam' },
  epochs: 1,
  seed: 0,
};

function message(input: unknown): string {
  try {
    parseSpec(input);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInput);
    return (error as Error).message;
  }
  throw new Error('the spec was accepted');
}

describe('parseSpec', () => {
  it('fills in every default, so that a short and a full spec are the same run', () => {
    const spec = parseSpec(minimal);
    expect(spec.optimizer).toEqual({
      kind: 'adam',
      learningRate: 0.001,
      beta1: 0.9,
      beta2: 0.999,
      eps: 1e-8,
      amsgrad: false,
      biasCorrection: true,
      epsHat: false,
    });
    expect(spec.batchSize).toBe(32);
    expect(spec.probes.map((probe) => probe.kind)).toEqual([
      'gradientNorm',
      'update',
      'deadUnits',
      'slopes',
      'batchNormDrift',
    ]);
    expect(parseSpec(spec)).toEqual(spec);
    expect(runId(parseSpec(spec))).toBe(runId(parseSpec(minimal)));
  });

  it('gives the same id whatever the order of the keys and the spelling of a number', () => {
    const { seed, ...rest } = minimal;
    const reordered = JSON.parse(JSON.stringify({ seed, ...rest })) as unknown;
    const id = runId(parseSpec({ ...minimal, optimizer: { kind: 'sgd', learningRate: 0 } }));
    expect(runId(parseSpec(reordered))).toBe(runId(parseSpec(minimal)));
    expect(runId(parseSpec({ ...minimal, optimizer: { kind: 'sgd', learningRate: -0 } }))).toBe(id);
  });

  it('gives another id for another value of anything', () => {
    const variants: RunSpecInput[] = [
      minimal,
      { ...minimal, seed: 1 },
      { ...minimal, epochs: 2 },
      { ...minimal, optimizer: { kind: 'adam', eps: 1e-7 } },
      { ...minimal, clip: { kind: 'globalNorm', maxNorm: 1 } },
      { ...minimal, model: { kind: 'missionCnn', activation: { kind: 'prelu' } } },
      { ...minimal, data: { kind: 'synthGlyphs', seed: 2 } },
    ];
    expect(new Set(variants.map((variant) => runId(parseSpec(variant)))).size).toBe(variants.length);
  });

  it('has a golden id', () => {
    expect(runId(parseSpec(minimal))).toMatchInlineSnapshot(
      `"ref2f763dbe798532ed810ccdf35f5bdd4e19b0c75511796282f9c0c17a2b09d2"`,
    );
  });
});

describe('mistakes in a spec', () => {
  it('an unknown kind, with the nearest known one', () => {
    expect(message({ ...minimal, optimizer: { kind: 'adm' } })).toMatch(
      /^invalid spec\.optimizer.*unknown optimizer: adm, known: sgd, .*; did you mean adam\?$/,
    );
    expect(message({ ...minimal, data: { kind: 'fashion' } })).toMatch(
      /spec\.data.*unknown data set: fashion, known/,
    );
    expect(message({ ...minimal, model: { kind: 'lenet' } })).toMatch(
      /spec\.model.*unknown model: lenet, known/,
    );
  });

  it('an unknown option, with the nearest known one', () => {
    expect(message({ ...minimal, optimizer: { kind: 'adam', learnigRate: 1 } })).toMatch(
      /spec\.optimizer: unknown option: learnigRate, known: .*; did you mean learningRate\?/,
    );
    expect(message({ ...minimal, epoch: 3 })).toMatch(/spec: unknown option: epoch, .*did you mean epochs\?/);
  });

  it('a value out of range or of the wrong type', () => {
    expect(message({ ...minimal, optimizer: { kind: 'adam', learningRate: -0.1 } })).toBe(
      'invalid spec.optimizer.learningRate: expected a number of at least 0, got -0.1',
    );
    expect(message({ ...minimal, optimizer: { kind: 'adam', learningRate: '0.1' } })).toBe(
      'invalid spec.optimizer.learningRate: expected a finite number, got "0.1"',
    );
    expect(message({ ...minimal, optimizer: { kind: 'adam', beta1: 1 } })).toBe(
      'invalid spec.optimizer.beta1: expected a number from 0 up to, but not including, 1, got 1',
    );
    expect(message({ ...minimal, batchSize: 2.5 })).toBe(
      'invalid spec.batchSize: expected a whole number of at least 1, got 2.5',
    );
    expect(message({ ...minimal, optimizer: { kind: 'rmsprop', centered: 'yes' } })).toBe(
      'invalid spec.optimizer.centered: expected boolean, got "yes"',
    );
    expect(message({ ...minimal, engine: 'gpu' })).toBe(
      'invalid spec.engine: expected one of "wasm", "reference", got "gpu"',
    );
  });

  it.each<[path: string, change: object, most: number]>([
    ['epochs', { epochs: 1e12 }, 1_000_000],
    ['model.depth', { model: { kind: 'plainNet', depth: 1e12 } }, 1000],
    ['averaging.checkpoints', { averaging: { kind: 'lawa', every: 1, checkpoints: 1e12 } }, 10_000],
    ['optimizer.historySize', { optimizer: { kind: 'lbfgs', historySize: 1e12 } }, 10_000],
  ])('%s of which there would be no array', (path, change, most) => {
    const least = path === 'epochs' ? 0 : 1;
    expect(message({ ...minimal, ...change })).toBe(
      `invalid spec.${path}: expected a whole number from ${least} to ${most}, got 1000000000000`,
    );
  });

  it('something that is missing, or no object at all', () => {
    const { optimizer: _optimizer, ...without } = minimal;
    expect(message(without)).toMatch(
      /^invalid spec\.optimizer: expected an object with a kind, one of sgd, .*, got nothing$/,
    );
    expect(message({ ...minimal, optimizer: 'adam' })).toMatch(
      /expected an object with a kind, one of .*, got "adam"$/,
    );
    expect(message(null)).toBe('invalid spec: expected object, got null');
    expect(message({ ...minimal, optimizer: { kind: 'sgd' } })).toBe(
      'invalid spec.optimizer.learningRate: expected a finite number, got nothing',
    );
  });

  it('two probes of one kind, whose channels would be one', () => {
    const probes = [{ kind: 'update' }, { kind: 'gradientNorm' }, { kind: 'update', every: 5 }];
    expect(message({ ...minimal, probes })).toBe(
      'invalid spec.probes: got two probes of the kind update, expected each kind once: both would write the same channels',
    );
  });

  it('all of them at once, each with its path', () => {
    const lines = message({ ...minimal, seed: -1, epochs: 'two', clip: { kind: 'globalNorm' } }).split('\n');
    expect(lines.map((line) => line.trim().replace(/:.*/, ''))).toEqual([
      'invalid spec.clip.maxNorm',
      'spec.epochs',
      'spec.seed',
    ]);
  });
});
