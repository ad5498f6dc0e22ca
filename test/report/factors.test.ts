import { describe, expect, it } from 'vitest';
import { designOf } from '../../src/report/factors.ts';
import type { JsonObject } from '../../src/report/labels.ts';

const spec = (kind: string, norm: string, more: JsonObject = {}): JsonObject => ({
  data: { kind: 'fashion5k' },
  model: { kind: 'mlp', norm: { kind: norm } },
  optimizer: { kind },
  clip: { kind: 'none' },
  batchSize: 32,
  ...more,
});

const crossed = ['sgd', 'adam'].flatMap((kind) => ['none', 'batch'].map((norm) => spec(kind, norm)));

describe('designOf', () => {
  it('finds what varies and the place of every spec', () => {
    expect(designOf(crossed)).toEqual({
      factors: [
        { name: 'norm', levels: ['none', 'batch'] },
        { name: 'optimizer', levels: ['sgd', 'adam'] },
      ],
      places: [
        [0, 0],
        [1, 0],
        [0, 1],
        [1, 1],
      ],
      cells: 4,
      filled: 4,
    });
  });

  it('is null where one option varies, and where nothing does', () => {
    expect(designOf([spec('sgd', 'none'), spec('adam', 'none')])).toBeNull();
    expect(designOf([spec('sgd', 'none')])).toBeNull();
    expect(designOf([])).toBeNull();
  });

  it('is null where options vary but are not crossed', () => {
    expect(designOf([spec('sgd', 'none'), spec('adam', 'batch')])).toBeNull();
  });

  it('takes an option that another one decides as a part of it', () => {
    const cosine = { schedule: { kind: 'cosine' } };
    const constant = { schedule: { kind: 'constant' } };
    const specs = ['none', 'batch'].flatMap((norm) => [
      spec('sgd', norm, constant),
      spec('adam', norm, cosine),
      spec('lion', norm, cosine),
    ]);
    expect(designOf(specs)!.factors).toEqual([
      { name: 'norm', levels: ['none', 'batch'] },
      { name: 'optimizer + schedule', levels: ['sgd', 'adam', 'lion'] },
    ]);
  });

  it('counts an optimizer with its options as one level', () => {
    const specs = ['none', 'batch'].flatMap((norm) => [
      spec('sgd', norm),
      ...[0.9, 0.99].map((beta1) => spec('adam', norm, { optimizer: { kind: 'adam', beta1 } })),
    ]);
    const [, optimizer] = designOf(specs)!.factors;
    expect(optimizer).toEqual({ name: 'optimizer', levels: ['sgd', 'adam, beta1 0.9', 'adam, beta1 0.99'] });
  });

  it('finds a factor that networks of different kinds share', () => {
    const specs = ['mlp', 'missionCnn'].flatMap((kind) =>
      ['none', 'batch'].map((norm) => spec('sgd', norm, { model: { kind, norm: { kind: norm } } })),
    );
    expect(designOf(specs)!.factors).toEqual([
      { name: 'model', levels: ['mlp', 'missionCnn'] },
      { name: 'norm', levels: ['none', 'batch'] },
    ]);
  });

  it('tells two options of one name apart by where they stand', () => {
    const specs = [1, 2].flatMap((a) => [1, 2].map((b) => ({ data: { size: a }, model: { size: b } })));
    expect(designOf(specs)!.factors.map(({ name }) => name)).toEqual(['data.size', 'model.size']);
  });

  it('keeps a design with a missing cell, and leaves out what stands beside the crossing', () => {
    const three = ['sgd', 'adam'].flatMap((kind) =>
      ['none', 'batch', 'layer'].map((norm) => spec(kind, norm)),
    );
    expect(designOf(three.slice(1))).toMatchObject({ cells: 6, filled: 5 });
    // one spec with another clip fills 1 of 4 further cells: 5 of 8 in all
    const beside = [...crossed, spec('sgd', 'none', { clip: { kind: 'value', clipValue: 1 } })];
    expect(designOf(beside)).toMatchObject({
      cells: 4,
      filled: 4,
      places: [[0, 0], [1, 0], [0, 1], [1, 1], null],
    });
  });
});
