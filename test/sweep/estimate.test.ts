import { describe, expect, it, vi } from 'vitest';
import { dataKey, loadData, type Resources } from '../../src/run/execute.ts';
import { runId } from '../../src/run/record.ts';
import { parseSpec, type RunSpecInput } from '../../src/run/spec.ts';
import type { RecordRow } from '../../src/store/records.ts';
import { calibrate } from '../../src/sweep/calibrate.ts';
import { estimateTime } from '../../src/sweep/estimate.ts';
import { Survey } from '../../src/sweep/survey.ts';

const run = (seed: number, optimizer: RunSpecInput['optimizer'] = { kind: 'sgd', learningRate: 0.1 }) => {
  const data = { kind: 'synthGlyphs', train: 320, validation: 100, test: 100 } as const;
  const spec = parseSpec({ data, model: { kind: 'mlp', hidden: [8] }, optimizer, epochs: 2, seed });
  return { id: runId(spec), spec };
};
const resourcesFor = async ({ spec }: ReturnType<typeof run>): Promise<Resources> => ({
  datasets: { [dataKey(spec.data)]: await loadData(spec.data, {}) },
  modules: {},
});
const surveyOf = (runs: readonly ReturnType<typeof run>[], stored: ReadonlySet<string>) => {
  const survey = new Survey();
  for (const _ of survey.watch(runs, (id) => !stored.has(id)));
  return survey;
};
const rowOf = (seconds: number) => (id: string) => ({ id, outcome: 'completed', seconds }) as RecordRow;

describe('the time of a sweep', () => {
  it('is that of stored runs of the same setting, times the runs to run', async () => {
    const runs = Array.from({ length: 12 }, (_, seed) => run(seed));
    const survey = surveyOf(runs, new Set([runs[0].id, runs[1].id]));
    const options = { workers: 1, calibrate: false };
    const estimate = await estimateTime(survey, { datasets: {}, modules: {} }, rowOf(60), options);
    // 10 runs of 60 s, a tenth less and a tenth more, and what is around them
    expect(estimate?.low).toBeCloseTo(1.5 + 540, 6);
    expect(estimate?.high).toBeCloseTo(1.5 + 660, 6);
    expect(estimate).toMatchObject({ stored: 1, calibrated: 0 });
  });

  it('takes a setting of which nothing is stored to be like the nearest one', async () => {
    const known = [run(0), run(1)];
    const unknown = run(0, { kind: 'adam', learningRate: 0.1 });
    const survey = surveyOf([...known, unknown], new Set([known[0].id]));
    const options = { workers: 1, calibrate: false };
    const estimate = await estimateTime(survey, { datasets: {}, modules: {} }, rowOf(10), options);
    expect(estimate?.low).toBeCloseTo(1.5 + 2 * 9, 6);
  });

  it('is unknown where nothing has run and nothing may', async () => {
    const survey = surveyOf([run(0)], new Set());
    const nothing = await estimateTime(survey, { datasets: {}, modules: {} }, () => undefined, {
      workers: 1,
      calibrate: false,
    });
    expect(nothing).toBeUndefined();
  });

  // two runs of 20 steps and 3 evaluations; the clock goes on by so much whenever it is read, which a calibration does twice a step
  it.each([
    ['whole where they are short', 1, 1.5 + 2 * 20 * 0.002],
    ['by their parts', 100, 1.5 + 2 * (20 * 0.2 + 3 * 0.1)],
  ])('is measured on the real runs otherwise, %s', async (_what, tick, seconds) => {
    const survey = surveyOf([run(0), run(1)], new Set());
    const resources = await resourcesFor(run(0));
    let time = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => {
      time += tick;
      return time;
    });
    const options = { workers: 1, calibrate: true };
    const estimate = await estimateTime(survey, resources, () => undefined, options).finally(() =>
      clock.mockRestore(),
    );
    const near = expect.closeTo(seconds, 9);
    expect(estimate).toEqual({ low: near, high: near, stored: 0, calibrated: 1 });
  });
});

describe('a calibration', () => {
  it('tells the parts of a long run apart without finishing it', async () => {
    const long = { ...run(0).spec, epochs: 1_000_000 };
    const cost = await calibrate(long, await resourcesFor(run(0)));
    expect(cost.step).toBeGreaterThan(0);
    expect(cost.slowStep).toBeGreaterThanOrEqual(cost.step);
    expect(cost.start + cost.evaluation).toBeGreaterThan(0);
  });

  it('throws what the run throws', async () => {
    await expect(calibrate(run(0).spec, { datasets: {}, modules: {} })).rejects.toThrow('was not loaded');
  });
});
