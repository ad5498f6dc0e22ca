import { describe, expect, it } from 'vitest';
import { checkSpec, loadData } from '../../src/run/execute.ts';
import { parseSpec, type RunSpecInput } from '../../src/run/spec.ts';
import { expectSameBytes, run, tiny, tinyData } from './resumedRuns.ts';

type FaultInput = NonNullable<RunSpecInput['faults']>[number];

/** Sixteen steps of sgd at a rate of 0.5: a step is exact in float32 but for its last rounding. */
const base: RunSpecInput = {
  ...tiny,
  optimizer: { kind: 'sgd', learningRate: 0.5 },
  epochs: 2,
  nonFinite: 'skip',
};
const AT = 6;

const each: readonly FaultInput[] = [
  { kind: 'nanGradient', at: AT },
  { kind: 'nanGradient', at: AT, steps: 2, part: 'conv2', element: 3 },
  { kind: 'infiniteGradient', at: AT, part: 'dense1.bias' },
  { kind: 'zeroGradient', at: AT, steps: 3 },
  { kind: 'explodingLayer', at: AT, layer: 'conv1' },
  { kind: 'explodingLayer', at: AT, layer: 'conv1', of: 'weights', factor: 5 },
  { kind: 'deadUnits', at: AT },
  { kind: 'duplicateBatch', at: AT, steps: 2 },
  { kind: 'rateSpike', at: AT, steps: 2 },
  { kind: 'labelNoise', at: AT, share: 0.5 },
];

interface Seen {
  readonly fingerprint: string;
  readonly params: readonly number[];
  readonly grads: readonly number[];
  readonly images: readonly string[];
  readonly labels: readonly number[];
  readonly rate: number;
  readonly bad: number | undefined;
}

/** A run and its state after each step, the first state first. */
async function watched(input: RunSpecInput) {
  const seen: Seen[] = [];
  let slots: readonly { readonly name: string; readonly offset: number; readonly length: number }[] = [];
  const result = await run(input, {
    onStep({ network, fingerprint, learningRate, value }) {
      slots = network.layout.slots;
      const size = network.input.length / network.batchSize;
      seen.push({
        fingerprint: fingerprint(),
        params: Array.from(network.params),
        grads: Array.from(network.grads),
        images: Array.from({ length: network.batchSize }, (_, n) =>
          network.input.slice(n * size, (n + 1) * size).join(),
        ),
        labels: Array.from(network.labels),
        rate: learningRate,
        bad: value('nonFinite'),
      });
    },
  });
  const within = (v: readonly number[], part: string) =>
    slots
      .filter(({ name }) => name.startsWith(part))
      .flatMap(({ offset, length }) => v.slice(offset, offset + length));
  const count = slots.reduce((sum, { length }) => sum + length, 0);
  return { seen, result, within, count, slots };
}

const withFault = (fault: FaultInput, more: Partial<RunSpecInput> = {}) =>
  watched({ ...base, ...more, faults: [fault] });

describe('a run with a fault', () => {
  it.each(['wasm', 'reference'] as const)('is the run without it before the fault (%s)', async (engine) => {
    const plain = await watched({ ...base, engine });
    for (const fault of each) {
      const { seen, result } = await withFault(fault, { engine });
      const same = seen.map(({ fingerprint }, step) => fingerprint === plain.seen[step].fingerprint);
      // a skipped step leaves the state as it was, so the fault shows in the state after it
      expect(same.slice(0, AT), fault.kind).toEqual(Array(AT).fill(true));
      expect(same.slice(AT), fault.kind).toEqual(Array(same.length - AT).fill(false));
      expect(result.chain.last).not.toBe(plain.result.chain.last);
    }
  });

  it('has the links of the run without it before the fault, and others from it on', async () => {
    const large: RunSpecInput = { ...base, model: { kind: 'missionCnn' }, batchSize: 15, epochs: 4 };
    const linksOf = async (input: RunSpecInput) => {
      const { chain } = await run(input);
      return { every: chain.every, links: chain.digests.match(/.{8}/g) ?? [] };
    };
    const plain = await linksOf(large);
    const faulty = await linksOf({ ...large, faults: [{ kind: 'zeroGradient', at: 5 }] });
    expect([plain.every, faulty.every]).toEqual([2, 2]);
    const same = plain.links.map((link, i) => link === faulty.links[i]);
    expect(same).toEqual([true, true, true, false, false]); // after 0, 2, 4, 6 and 8 steps
  });

  it.each(each)('goes on from any checkpoint with the same bytes: $kind', async (fault) => {
    await expectSameBytes({ ...base, faults: [fault] }, [1, AT - 1, AT, AT + 1, 15]);
  });

  it('goes on with all faults at once, momentum, batch norm and a clip', async () => {
    const input: RunSpecInput = {
      ...base,
      model: { kind: 'plainNet', depth: 2, filters: 3, norm: { kind: 'batch' } },
      optimizer: { kind: 'adam', learningRate: 0.01 },
      clip: { kind: 'zClip', warmupSteps: 3 },
      nonFinite: 'zero',
      faults: each.map((fault, i) => ({ ...fault, at: 4 + i })),
    };
    const { outcome } = await expectSameBytes(input, [3, 5, 8, 10, 12, 15]);
    expect(outcome).toEqual({ kind: 'completed' });
  });

  it('has the id and the bytes of the run without faults where there are none', async () => {
    expect(parseSpec({ ...base, faults: [] })).toEqual(parseSpec(base));
    expect(Object.keys(parseSpec(base))).not.toContain('faults');
    const { result } = await withFault({ kind: 'zeroGradient', at: 1 });
    expect(result.id).not.toBe((await run(base)).id);
  });
});

describe('a gradient that is not finite', () => {
  const values = [
    ['nanGradient', Number.NaN],
    ['infiniteGradient', Number.POSITIVE_INFINITY],
  ] as const;
  const places = [
    ['all of it', {}],
    ['a layer', { part: 'conv2' }],
    ['a tensor', { part: 'dense1.bias' }],
    ['an element', { part: 'conv2.weight', element: 7 }],
    ['an element of all', { element: 1 }],
  ] as const;

  describe.each(values)('%s', (kind, value) => {
    it.each(places)(
      'in %s ends the run before its update, unless the policy is another one',
      async (_, place) => {
        const fault = { kind, at: AT, ...place };
        const { seen, result } = await withFault(fault, { nonFinite: 'end' });
        expect(result.outcome).toEqual({
          kind: 'diverged',
          step: AT,
          reason: `the norm of the gradient is ${value}`,
        });
        expect([result.steps, seen.length]).toEqual([AT - 1, AT]);
      },
    );

    it.each(places)('in %s is seen whole: the step is skipped, or made without it', async (_, place) => {
      const fault = { kind, at: AT, ...place };
      const plain = await watched(base);
      const skip = await withFault(fault);
      const zero = await withFault(fault, { nonFinite: 'zero' });
      const { slots } = plain;
      const named = slots.filter(({ name }) => !('part' in place) || name.startsWith(place.part));
      const elements = named.flatMap(({ offset, length }) => Array.from({ length }, (_, i) => offset + i));
      const hit = 'element' in place ? [elements[place.element]] : elements;
      expect(skip.seen.map(({ bad }) => bad).slice(1)).toEqual(
        Array.from({ length: 16 }, (_, i) => (i + 1 === AT ? hit.length : 0)),
      );
      expect(zero.seen[AT].bad).toBe(hit.length);
      expect(skip.seen[AT].params).toEqual(plain.seen[AT - 1].params);
      expect(skip.seen[AT].grads.flatMap((g, i) => (Object.is(g, value) ? [i] : []))).toEqual(hit);
      const expected = plain.seen[AT].params.map((moved, i) =>
        hit.includes(i) ? plain.seen[AT - 1].params[i] : moved,
      );
      expect(zero.seen[AT].params).toEqual(expected);
      expect([skip.result.outcome, zero.result.outcome]).toEqual(Array(2).fill({ kind: 'completed' }));
    });
  });
});

describe('a finite fault', () => {
  it('of a zero gradient: sgd stands still, momentum rolls on', async () => {
    const fault = { kind: 'zeroGradient', at: AT, steps: 2 } as const;
    const { seen } = await withFault(fault, { nonFinite: 'end' });
    expect(new Set(seen[AT].grads)).toEqual(new Set([0]));
    expect(seen[AT].params).toEqual(seen[AT - 1].params);
    expect(seen[AT + 1].params).toEqual(seen[AT - 1].params);
    expect(seen[AT + 2].params).not.toEqual(seen[AT - 1].params);
    const heavy = await withFault(fault, {
      optimizer: { kind: 'momentum', learningRate: 0.5 },
      engine: 'reference',
    });
    // p_k - p_{k-1} = 0.9 (p_{k-1} - p_{k-2}) without a gradient
    const [a, b, c] = [AT - 2, AT - 1, AT].map((step) => heavy.seen[step].params);
    for (const [i, x] of c.entries()) expect(x - b[i]).toBeCloseTo(0.9 * (b[i] - a[i]), 12);
    const part = await withFault({ ...fault, part: 'conv1' });
    const plain = await watched(base);
    for (const name of ['conv1', 'conv2', 'dense1']) {
      const moved = name === 'conv1' ? seen[AT - 1].params : plain.seen[AT].params;
      expect(part.within(part.seen[AT].params, name)).toEqual(plain.within(moved, name));
    }
  });

  it('of an exploding layer multiplies its gradient, and that alone', async () => {
    const plain = await watched(base);
    const { seen, within } = await withFault({ kind: 'explodingLayer', at: AT, layer: 'conv2', factor: 1e5 });
    const expected = plain.within(plain.seen[AT].grads, 'conv2').map((g) => Math.fround(1e5 * g));
    expect(within(seen[AT].grads, 'conv2')).toEqual(expected);
    expect(expected.some((g) => Math.abs(g) > 100)).toBe(true);
    for (const name of ['conv1', 'dense1'])
      expect(within(seen[AT].grads, name)).toEqual(plain.within(plain.seen[AT].grads, name));
  });

  it('of an exploding layer multiplies its weights before the step, in each of its steps', async () => {
    const still = { optimizer: { kind: 'sgd', learningRate: 0 } } as const;
    const of = { kind: 'explodingLayer', at: AT, steps: 2, of: 'weights', factor: -3 } as const;
    const { seen, within } = await withFault({ ...of, layer: 'conv2' }, still);
    const weights = (step: number) => within(seen[step].params, 'conv2.weight');
    const times = (factor: number) => weights(0).map((w) => Math.fround(factor * w));
    expect(weights(AT - 1)).toEqual(weights(0));
    expect(weights(AT)).toEqual(times(-3));
    expect(weights(AT + 1)).toEqual(times(-3).map((w) => Math.fround(-3 * w)));
    expect(weights(16)).toEqual(weights(AT + 1));
    for (const other of ['conv2.bias', 'conv1', 'dense1'])
      expect(within(seen[AT].params, other)).toEqual(within(seen[0].params, other));
    // the gradient of the step is that at the new weights
    expect(seen[AT].grads).not.toEqual((await watched({ ...base, ...still })).seen[AT].grads);
    const bias = await withFault({ ...of, layer: 'conv2.bias' }, still);
    expect(bias.within(bias.seen[AT].params, 'conv2.bias')).toEqual(
      bias.within(bias.seen[0].params, 'conv2.bias').map((b) => Math.fround(-3 * b)),
    );
  });

  it('takes the roles of tensors, as rates do', async () => {
    const { seen, slots } = await withFault({ kind: 'zeroGradient', at: AT, part: 'bias' });
    const zero = slots.filter(({ offset, length }) =>
      seen[AT].grads.slice(offset, offset + length).every((g) => g === 0),
    );
    expect(zero.map(({ name }) => name)).toEqual(['conv1.bias', 'conv2.bias', 'dense1.bias']);
  });

  it('of duplicates repeats the first image and its label', async () => {
    const plain = await watched(base);
    const { seen } = await withFault({ kind: 'duplicateBatch', at: AT });
    const { images, labels } = plain.seen[AT];
    expect(new Set(images).size).toBe(4);
    expect(seen[AT].images).toEqual(Array(4).fill(images[0]));
    expect(seen[AT].labels).toEqual(Array(4).fill(labels[0]));
    expect(seen[AT + 1].images).toEqual(plain.seen[AT + 1].images);
    expect(seen[AT + 1].labels).toEqual(plain.seen[AT + 1].labels);
  });

  it('of a rate spike multiplies what the schedule says', async () => {
    const schedule = { kind: 'cosine' } as const;
    const plain = await watched({ ...base, schedule });
    const { seen } = await withFault({ kind: 'rateSpike', at: AT, steps: 3, factor: 7 }, { schedule });
    const expected = plain.seen.map(({ rate }, step) => (step >= AT && step < AT + 3 ? 7 * rate : rate));
    expect(seen.map(({ rate }) => rate)).toEqual(expected);
  });
});

describe('dead units', () => {
  const relu = { kind: 'relu' } as const;
  const models: readonly [string, RunSpecInput['model'], readonly string[]][] = [
    [
      'biases',
      { kind: 'plainNet', depth: 2, filters: 3, norm: { kind: 'none' }, activation: relu },
      ['conv1.bias', 'conv2.bias'],
    ],
    [
      'batch norm',
      { kind: 'plainNet', depth: 2, filters: 3, norm: { kind: 'batch' }, activation: relu },
      ['batchNorm1.beta', 'batchNorm2.beta'],
    ],
    [
      'dense layers',
      { kind: 'mlp', hidden: [5, 4], norm: { kind: 'none' }, activation: relu },
      ['dense1.bias', 'dense2.bias'],
    ],
  ];

  it.each(models)(
    'with %s: no unit fires, and nothing in front of the last layer has a gradient',
    async (_, model, shifts) => {
      const more: Partial<RunSpecInput> = {
        model,
        probes: [{ kind: 'deadUnits', every: 1 }],
        optimizer: { kind: 'sgd', learningRate: 0.05 },
      };
      const { seen, result, within, slots } = await withFault({ kind: 'deadUnits', at: AT }, more);
      const { channels, step } = result.series.steps;
      expect(step.length).toBe(16); // buckets of one step
      const dead = Object.entries(channels).filter(([name]) => name.startsWith('deadUnits/'));
      expect(dead.length).toBe(2);
      for (const [, { median }] of dead) {
        expect(median.slice(AT - 1)).toEqual(Array(16 - AT + 1).fill(1));
        expect(median[AT - 2]).toBeLessThan(1);
      }
      for (const name of shifts) expect(new Set(within(seen[AT].params, name))).toEqual(new Set([-100]));
      const last = slots
        .filter(({ name }) => name.startsWith('dense'))
        .at(-1)!
        .name.split('.')[0];
      for (const { name } of slots) {
        const isAlive = name === `${last}.bias`;
        expect(
          within(seen[AT].grads, name).some((g) => g !== 0),
          name,
        ).toBe(isAlive);
      }
    },
  );

  it('of one ReLU, in a residual network', async () => {
    const model = { kind: 'resnet8', norm: { kind: 'batch' }, activation: relu } as const;
    const more: Partial<RunSpecInput> = { model, probes: [{ kind: 'deadUnits', every: 1 }], epochs: 1 };
    const { result } = await withFault({ kind: 'deadUnits', at: AT, layer: 'relu3' }, more);
    const dead = (name: string) => result.series.steps.channels[`deadUnits/${name}`].median[AT - 1];
    expect([dead('relu3'), dead('relu2') < 1, dead('relu4') < 1]).toEqual([1, true, true]);
  });
});

describe('label noise', () => {
  const noisy = (share: number, more: Partial<FaultInput> = {}, spec: Partial<RunSpecInput> = {}) =>
    withFault({ kind: 'labelNoise', share, ...more } as FaultInput, { nonFinite: 'end', epochs: 3, ...spec });
  /** Every label that an image had. */
  const labelsByImage = (seen: readonly Seen[]) => {
    const labels = new Map<string, Set<number>>();
    for (const { images, labels: given } of seen.slice(1))
      for (const [n, image] of images.entries())
        labels.set(image, (labels.get(image) ?? new Set()).add(given[n]));
    return labels;
  };

  it('gives an example the same label in every epoch and for every method; a larger share has more of them', async () => {
    const truth = labelsByImage((await watched({ ...base, epochs: 3 })).seen);
    expect([truth.size, [...truth.values()].every(({ size }) => size === 1)]).toEqual([30, true]);
    const wrongOf = (labels: ReadonlyMap<string, Set<number>>) =>
      [...labels].filter(([image, given]) => given.size !== 1 || !truth.get(image)!.has([...given][0]));
    const half = labelsByImage((await noisy(0.5)).seen);
    expect([...half.values()].every(({ size }) => size === 1)).toBe(true);
    const adam = await noisy(0.5, {}, { optimizer: { kind: 'adam', learningRate: 0.01 } });
    expect(labelsByImage(adam.seen)).toEqual(half);
    const wrong = new Map(wrongOf(half));
    // 30 draws at 0.5: from 6 to 24 but for one seed in 2000
    expect(wrong.size).toBeGreaterThanOrEqual(6);
    expect(wrong.size).toBeLessThanOrEqual(24);
    const fifth = wrongOf(labelsByImage((await noisy(0.2)).seen));
    expect(fifth.length).toBeGreaterThan(0);
    expect(fifth.length).toBeLessThan(wrong.size);
    for (const [image, label] of fifth) expect(wrong.get(image)).toEqual(label);
    expect(wrongOf(labelsByImage((await noisy(1)).seen)).length).toBe(30); // never the own label
    const other = wrongOf(labelsByImage((await noisy(0.5, {}, { seed: 4 })).seen));
    expect(other.map(([image]) => image).sort()).not.toEqual([...wrong.keys()].sort());
  });

  it('acts in its steps alone', async () => {
    const plain = await watched(base);
    const { seen } = await withFault({ kind: 'labelNoise', share: 1, at: AT, steps: 2 });
    // the last batch of an epoch has two images: what stands behind them is of an earlier batch
    const wrong = seen.map(
      ({ labels }, step) => labels.slice(0, 2).filter((y, n) => y !== plain.seen[step].labels[n]).length,
    );
    expect(wrong.slice(1)).toEqual(Array.from({ length: 16 }, (_, i) => (i + 1 === AT || i === AT ? 2 : 0)));
  });
});

describe('a method that evaluates a second gradient', () => {
  const sam: RunSpecInput['optimizer'] = { kind: 'sam', learningRate: 0.5, base: { kind: 'sgd' } };
  const first = async (faults: FaultInput[], more: Partial<RunSpecInput> = {}) =>
    (await watched({ ...base, optimizer: sam, epochs: 1, faults, ...more })).seen[1].params;

  it('gets that one without the fault: without a first gradient SAM makes a step of its base', async () => {
    const clean = (await watched({ ...base, epochs: 1 })).seen[1].params;
    expect(await first([])).not.toEqual(clean);
    expect(await first([{ kind: 'zeroGradient', at: 1 }])).toEqual(clean);
    expect(await first([{ kind: 'nanGradient', at: 1 }], { nonFinite: 'zero' })).toEqual(clean);
    const start = (await watched({ ...base, epochs: 1 })).seen[0].params;
    expect(await first([{ kind: 'nanGradient', at: 1 }])).toEqual(start); // skipped before the second one
  });

  it('gets it of the faulty batch and the faulty weights', async () => {
    const twice = async (fault: FaultInput) => {
      const { seen } = await watched({
        ...base,
        optimizer: { kind: 'sam', rho: 0, learningRate: 0.5, base: { kind: 'sgd' } },
        faults: [fault],
      });
      return seen.map(({ params }) => params);
    };
    // with rho = 0 the second gradient is the first one again, if its batch and weights are
    for (const fault of each.slice(5, 8).concat(each.slice(9)))
      expect(await twice(fault), fault.kind).toEqual(
        (await withFault(fault)).seen.map(({ params }) => params),
      );
  });
});

describe('a spec with a mistake in its faults', () => {
  const check = async (fault: object, more: Partial<RunSpecInput> = {}) => {
    const spec = parseSpec({ ...base, ...more, faults: [fault] } as RunSpecInput);
    return checkSpec(spec, await loadData(spec.data, {}));
  };

  it.each<[object, string]>([
    [
      { kind: 'nanGradient', at: 2, part: 'conv3' },
      'unknown role, layer or tensor: conv3, known: conv1, conv2,',
    ],
    [{ kind: 'zeroGradient', at: 2, part: 'conv1.weigt' }, 'did you mean conv1.weight?'],
    [{ kind: 'explodingLayer', at: 2, layer: 'dens1' }, 'did you mean dense1?'],
    [
      { kind: 'nanGradient', at: 2, part: 'dense1.bias', element: 10 },
      'got the element 10, expected at most 9, the last one of dense1.bias',
    ],
    [{ kind: 'deadUnits', at: 2, layer: 'relu3' }, 'unknown ReLU: relu3, known: relu1, relu2'],
    [
      { kind: 'rateSpike', at: 17 },
      'got rateSpike at step 17, expected at most 16, the last step of the run',
    ],
    [
      { kind: 'rateSpike', at: 16, steps: 2 },
      'got rateSpike up to step 17, expected at most 16, the last step of the run',
    ],
    [{ kind: 'nanGradient', at: 2, part: 'slope' }, 'got slope, which the network has none of'],
    [{ kind: 'nanGradiant', at: 2 }, 'did you mean nanGradient?'],
    [{ kind: 'deadUnits', at: 2, bias: 1 }, 'expected a number below 0, got 1'],
    [{ kind: 'labelNoise', share: 1.5 }, 'expected a number from 0 to 1, got 1.5'],
  ])('is told what is known: %j', async (fault, message) => {
    await expect(check(fault)).rejects.toThrow(message);
    await expect(run({ ...base, faults: [fault] } as RunSpecInput)).rejects.toThrow(message);
  });

  it('is told of a network without ReLUs and of problems without images', async () => {
    const prelu = {
      model: { kind: 'plainNet', depth: 2, filters: 3, activation: { kind: 'prelu' } },
    } as const;
    await expect(check({ kind: 'deadUnits', at: 2 }, prelu)).rejects.toThrow('a network without a ReLU');
    const problem = { data: { kind: 'rosenbrock' }, model: { kind: 'point' }, batchSize: 1 } as const;
    for (const fault of [
      { kind: 'duplicateBatch', at: 1 },
      { kind: 'labelNoise', share: 0.1 },
    ])
      await expect(check(fault, problem)).rejects.toThrow('a problem, which has no images and labels');
    expect(await check({ kind: 'nanGradient', at: 1 }, problem)).toBeGreaterThan(0);
  });

  it('counts the steps of the horizon, not those until it stops', async () => {
    expect(await check({ kind: 'rateSpike', at: 15, steps: 2 }, { until: 1 })).toBeGreaterThan(0);
    expect(tinyData.train).toBe(30); // 8 batches of 4
  });
});
