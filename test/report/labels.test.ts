import { describe, expect, it } from 'vitest';
import { type JsonObject, labelsOf } from '../../src/report/labels.ts';

const base = { data: { kind: 'fashion5k', validation: 500 }, clip: { kind: 'none' }, batchSize: 32 };
const adam = { kind: 'adam', beta1: 0.9, eps: 1e-8 };

/** Specs that differ from the base in the given parts. */
function labels(...parts: readonly JsonObject[]): string[] {
  return labelsOf(parts.map((part) => ({ ...base, optimizer: adam, ...part })));
}

describe('labelsOf', () => {
  it('names the optimizers if nothing else varies', () => {
    expect(labels({ optimizer: { kind: 'sgd' } }, { optimizer: adam })).toEqual(['sgd', 'adam']);
  });

  it('names the optimizer if nothing varies', () => {
    expect(labels({})).toEqual(['adam']);
  });

  it('leaves out what says that something is absent', () => {
    const clip = { kind: 'globalNorm', maxNorm: 1, norm: 'l2' };
    expect(
      labels(
        {},
        { clip },
        { optimizer: { kind: 'sgd' } },
        { optimizer: { kind: 'sgd' }, clip: { ...clip, maxNorm: 5 } },
      ),
    ).toEqual(['adam', 'adam, clip globalNorm 1', 'sgd', 'sgd, clip globalNorm 5']);
  });

  it('keeps it where there is nothing else to say', () => {
    expect(labels({}, { clip: { kind: 'value', maxValue: 0.5 } })).toEqual(['clip none', 'clip value 0.5']);
  });

  it('names an option only among the optimizers that have it', () => {
    expect(labels({ optimizer: { kind: 'sgd' } }, {}, { optimizer: { ...adam, beta1: 0.5 } })).toEqual([
      'sgd',
      'adam, beta1 0.9',
      'adam, beta1 0.5',
    ]);
  });

  it('goes into nested parts', () => {
    const model = (norm: string) => ({ model: { kind: 'missionCnn', norm: { kind: norm } } });
    expect(labels(model('none'), model('batchNorm'))).toEqual(['norm none', 'norm batchNorm']);
    expect(labels({ data: { kind: 'fashion5k', validation: 1000 } }, {})).toEqual([
      'data validation 1000',
      'data validation 500',
    ]);
    expect(labels({ batchSize: 32 }, { batchSize: 64 })).toEqual(['batchSize 32', 'batchSize 64']);
  });

  it("names a user's module by its name, and by its content if that is not enough", () => {
    const module = (name: string, digit: string) => ({
      optimizer: { kind: 'module', name, sha256: digit.repeat(64), options: {} },
    });
    expect(labels(module('mine', 'a'), module('yours', 'b'), {})).toEqual(['mine', 'yours', 'adam']);
    expect(labels(module('mine', 'a'), module('mine', 'b'))).toEqual(['sha256 aaaaaaaa', 'sha256 bbbbbbbb']);
  });

  it('names data and networks by their kind alone unless an option varies', () => {
    const glyphs = { data: { kind: 'synthGlyphs', validation: 100, train: 200 } };
    const mlp = { model: { kind: 'mlp', dropout: 0 } };
    expect(labels({ model: { kind: 'missionCnn', dropout: 0 } }, { ...glyphs, ...mlp })).toEqual([
      'data fashion5k, model missionCnn',
      'data synthGlyphs, model mlp',
    ]);
  });

  it('says faults, precision, perturbations and changes in words', () => {
    const fault = { kind: 'nanGradient', at: 20, steps: 1 };
    expect(
      labels(
        {},
        { faults: [fault] },
        {
          faults: [
            { ...fault, element: 0 },
            { kind: 'rateSpike', at: 5, factor: 10 },
          ],
        },
        { perturbation: { step: 3, ulps: 1 } },
        { perturbation: { step: 0, ulps: -2, element: 7 } },
        { changes: [{ after: 100, set: { clip: { kind: 'value', clipValue: 1 } } }] },
        { changes: [{ after: 9, set: { faults: [fault] } }] },
      ),
    ).toEqual([
      'adam',
      'nanGradient at 20',
      'nanGradient at 20 element 0 + rateSpike at 5',
      '1 ulp at step 3',
      '-2 ulps of element 7 at step 0',
      'after 100 clip value 1',
      'after 9 nanGradient at 20',
    ]);
    const weights = { format: 'bfloat16', rounding: 'stochastic' };
    const gradients = { format: 'float16', rounding: 'nearest', scale: 1024, on: ['conv1'] };
    expect(labels({}, { precision: { weights } }, { precision: { weights, gradients } })).toEqual([
      'adam',
      'weights bfloat16 stochastic',
      'weights bfloat16 stochastic, gradients float16 scale 1024 on conv1',
    ]);
    const newtonSchulz = { format: 'bfloat16', accumulate: true };
    expect(labels({ precision: { newtonSchulz } }, { precision: { newtonSchulz, weights } })).toEqual(
      ['run', 'weights bfloat16 stochastic'].map((name) => (name === 'run' ? 'adam' : name)),
    );
  });

  it('gives no two specs one name', () => {
    const long = (end: string) => ({
      optimizer: { kind: 'module', name: `${'x'.repeat(70)}${end}`, sha256: end },
    });
    const [a, b] = labels(long('a'), long('b'));
    expect(a).not.toBe(b);
    expect(b).toBe(`${a} (2)`);
  });

  it('shows control characters and avoids the one name that plain objects cannot hold', () => {
    const named = (name: string) => ({ optimizer: { kind: 'module', name, sha256: name } });
    expect(labels(named('a\nb'), named('__proto__'))).toEqual(['a\\nb', '"__proto__"']);
  });
});
