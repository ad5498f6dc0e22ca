import { describe, expect, it } from 'vitest';
import { measureSensitivity, shadowOf } from '../../src/certify/sensitivity.ts';
import { distanceBetween, paramsOf, Snapshots } from '../../src/certify/snapshots.ts';
import { dataKey, loadData, type Resources } from '../../src/run/execute.ts';
import { parseSpec, type RunSpecInput } from '../../src/run/spec.ts';
import { divergenceOf } from '../../src/stats/divergence.ts';
import { run, tiny } from '../run/resumedRuns.ts';

async function sensitivityOf(input: RunSpecInput) {
  const spec = parseSpec(input);
  const resources: Resources = {
    datasets: { [dataKey(spec.data)]: await loadData(spec.data, {}) },
    modules: {},
  };
  return measureSensitivity(spec, resources);
}

/** The distances of two runs at all steps. */
async function distances(a: RunSpecInput, b: RunSpecInput) {
  const snapshots = new Snapshots();
  await run(a, { onStep: (seen) => snapshots.take(seen) });
  const curve = { steps: [] as number[], distances: [] as number[] };
  await run(b, {
    onStep(seen) {
      curve.steps.push(seen.step);
      curve.distances.push(distanceBetween(paramsOf(seen), snapshots.at(seen.step) as Float32Array));
    },
  });
  return curve;
}

describe('the divergence of two runs', () => {
  it('is 0 for a run and itself', async () => {
    const curve = await distances(tiny, tiny);
    expect(curve.steps).toHaveLength(105);
    expect(new Set(curve.distances)).toEqual(new Set([0]));
  });

  it('has the rate log |1 - learningRate curvature| on a quadratic under sgd', async () => {
    // curvatures 1/100 to 1; the perturbed coordinate contracts alone. In float64 the difference, 2^-12, keeps 40 bits at first and
    // 1e-3 of it after the steps: a slope over 100 steps is right to 2^-30 / 100
    const steps = 400;
    const input = (learningRate: number): RunSpecInput => ({
      data: { kind: 'quadratic', dimension: 5, condition: 100, stepsPerEpoch: steps },
      model: { kind: 'point' },
      optimizer: { kind: 'sgd', learningRate },
      batchSize: 1,
      epochs: 1,
      seed: 0,
      engine: 'reference',
    });
    for (const [learningRate, element, curvature] of [
      [0.5, 0, 0.01], // the slowest direction: it remains when all others have met
      [1.9, 0, 0.01],
      [0.5, 2, 0.1],
    ]) {
      const base = input(learningRate);
      const curve = await distances(base, { ...base, perturbation: { element, ulps: 2 ** 40 } });
      const { rate } = divergenceOf(curve);
      expect(curve.distances[0]).toBe(2 ** -12);
      expect(rate).not.toBeNull();
      expect(Math.abs((rate as number) - Math.log(Math.abs(1 - learningRate * curvature)))).toBeLessThan(
        1e-9,
      );
    }
  });

  it('is positive where the learning rate is too large: log |1 - 2.2| for the steepest direction', async () => {
    const base: RunSpecInput = {
      data: { kind: 'quadratic', dimension: 3, condition: 4, stepsPerEpoch: 40 },
      model: { kind: 'point' },
      optimizer: { kind: 'sgd', learningRate: 2.2 },
      batchSize: 1,
      epochs: 1,
      seed: 0,
      engine: 'reference',
    };
    const curve = await distances(base, { ...base, perturbation: { element: 2, ulps: 2 ** 30 } });
    expect(Math.abs((divergenceOf(curve).rate as number) - Math.log(1.2))).toBeLessThan(1e-6);
  });
});

/** Wide enough for Winograd's algorithm. */
const wide: RunSpecInput = { ...tiny, epochs: 2, model: { kind: 'plainNet', depth: 2, filters: 16 } };

describe('measureSensitivity', () => {
  it('follows a run by its three shadows', async () => {
    const { shadows, loss, outcome } = await sensitivityOf(wide);
    expect(outcome).toBe('completed');
    expect(shadows.map(({ kind }) => kind)).toEqual(['ulp', 'float64', 'order']);
    const [ulp, float64, order] = shadows;
    expect(ulp.curve.steps).toHaveLength(17);
    expect(ulp.first?.step).toBe(0);
    // a unit in the last place of a float32 below 1 is 2^-24 at the most, of initial parameters whose norm is above 1
    expect(ulp.first?.distance).toBeLessThan(2 ** -24);
    // rounding the initial parameters: half a unit each
    expect(float64.first?.step).toBe(0);
    expect(float64.first?.distance).toBeGreaterThan(2 ** -28);
    expect(float64.first?.distance).toBeLessThan(2 ** -24);
    expect(order.first?.step).toBe(1);
    const shadowRun = await run(shadowOf('order', parseSpec(wide)) as RunSpecInput);
    const final = shadowRun.series.evaluations.validation.loss.at(-1) as number;
    expect(order.lossDifference).toBe(final - loss);
    const curve = await distances(wide, { ...wide, convolution: 'direct' });
    expect(order.curve.distances.map((d) => d > 0)).toEqual(curve.distances.map((d) => d > 0));
  });

  it('leaves out another order where there is none', async () => {
    const short = { ...tiny, epochs: 1 };
    const kinds = async (input: RunSpecInput) => (await sensitivityOf(input)).shadows.map(({ kind }) => kind);
    expect(await kinds({ ...short, model: { kind: 'mlp', hidden: [5] } })).toEqual(['ulp', 'float64']);
    expect(await kinds({ ...short, convolution: 'direct' })).toEqual(['ulp', 'float64']);
  });

  it('refuses what would be its own shadow', async () => {
    await expect(sensitivityOf({ ...tiny, perturbation: {} })).rejects.toThrow('got one with a perturbation');
    await expect(sensitivityOf({ ...tiny, engine: 'reference' })).rejects.toThrow(
      'got one with the engine reference',
    );
  });
});

it('keeps every second snapshot when there are too many, and the last one', () => {
  const snapshots = new Snapshots();
  const layout = {
    slots: [{ name: 'x', shape: [1], role: 'weight', offset: 0, length: 1 }],
    length: 16,
  } as const;
  for (let step = 0; step <= 4099; step++) {
    const network = { params: new Float32Array(16).fill(step), layout };
    snapshots.take({ step, network } as never);
  }
  const there = Array.from({ length: 4101 }, (_, step) => step).filter(
    (step) => snapshots.at(step) !== undefined,
  );
  expect(there).toEqual([...Array.from({ length: 1025 }, (_, i) => 4 * i), 4099]);
  expect([...(snapshots.at(4096) ?? [])]).toEqual([4096]);
});
