import { describe, expect, it } from 'vitest';
import { clipAttribution, clipShare, onesBetween } from '../../src/report/clipAttribution.ts';
import type { Setting } from '../../src/report/methods.ts';
import type { RunRecord } from '../../src/run/record.ts';
import { SeriesRecorder } from '../../src/train/series.ts';
import { diverged, syntheticRecord } from './syntheticRecords.ts';

/** A run of which every step is given: norm before and after the clip; null where the step was not made. */
function clippedRun(
  steps: readonly (readonly [number, number] | null)[],
  more: Partial<RunRecord> = {},
): RunRecord {
  const recorder = new SeriesRecorder(['clip.acted', 'clip.normBefore', 'clip.normAfter'], steps.length);
  steps.forEach((norms, i) => {
    if (norms !== null) {
      recorder.record('clip.acted', norms[0] === norms[1] ? 0 : 1);
      recorder.record('clip.normBefore', norms[0]);
      recorder.record('clip.normAfter', norms[1]);
    }
    recorder.endStep(i + 1);
  });
  const record = syntheticRecord({ optimizer: { kind: 'sgd', learningRate: 0.1 }, seed: 0 });
  const taken = steps.filter((norms) => norms !== null).length;
  return { ...record, steps: taken, ...more, series: { ...record.series, steps: recorder.finish() } };
}

const settingOf = (...records: RunRecord[]): Setting => ({ learningRate: 0.1, records });
const clipAt = (threshold: number, norms: readonly number[]) =>
  norms.map((norm) => [norm, Math.min(norm, threshold)] as const);

describe('onesBetween', () => {
  it('bounds the count of every sample of up to nine zeros and ones, and gives it exactly up to four', () => {
    for (let n = 1; n <= 9; n++) {
      for (let ones = 0; ones <= n; ones++) {
        const sample = Array.from({ length: n }, (_, i) => (i < n - ones ? 0 : 1));
        const middle = (sample[Math.floor((n - 1) / 2)] + sample[Math.floor(n / 2)]) / 2;
        const [low, high] = onesBetween(n, middle, sample[0], sample[n - 1]);
        expect(low).toBeLessThanOrEqual(ones);
        expect(high).toBeGreaterThanOrEqual(ones);
        if (n <= 4) expect([low, high]).toEqual([ones, ones]);
      }
    }
    expect(onesBetween(9, 0, 0, 1)).toEqual([1, 4]);
    expect(onesBetween(9, 1, 0, 1)).toEqual([5, 8]);
    expect(onesBetween(10, 0.5, 0, 1)).toEqual([5, 5]);
    expect(onesBetween(10, 1, 0, 1)).toEqual([6, 9]);
  });
});

describe('clipAttribution', () => {
  it('counts the first tenth and the rest apart, and names a limiter', () => {
    const steps = clipAt(1, [2, 0.5, ...Array(12).fill(4), ...Array(6).fill(0.5)]); // 20 steps, the first tenth is two
    expect(clipAttribution(settingOf(clippedRun(steps)))).toEqual({
      start: { low: 0.5, high: 0.5 },
      rest: { low: 12 / 18, high: 12 / 18 },
      typical: 4, // of the ratios 2 and twelve times 4
      most: 4,
      role: 'limiter',
    });
  });

  it('pools the seeds, and calls a clip that acts on a spike a guard', () => {
    const quiet = clippedRun(clipAt(1, Array(20).fill(0.5)));
    const spike = clippedRun(clipAt(1, [...Array(10).fill(0.5), 30, ...Array(9).fill(0.5)]));
    const found = clipAttribution(settingOf(quiet, spike))!;
    expect(found.rest).toEqual({ low: 1 / 36, high: 1 / 36 });
    expect(found).toMatchObject({ role: 'guard', typical: 30, most: 30, start: { low: 0, high: 0 } });
  });

  it.each([
    ['idle', 0],
    ['guard', 1], // 1 of 18 steps
    ['mixed', 2], // 2 of 18 are 11 %
    ['mixed', 9], // half of the steps are not most of them
    ['limiter', 10],
  ])('is %s with %i of eighteen steps clipped', (role, clipped) => {
    const rest = Array.from({ length: 18 }, (_, i) => (i < clipped ? 2 : 0.5));
    const found = clipAttribution(settingOf(clippedRun(clipAt(1, [0.5, 0.5, ...rest]))))!;
    expect(found.role).toBe(role);
    if (role === 'idle') expect(found.typical).toBeNaN();
  });

  it('gives bounds where a bucket holds many steps', () => {
    // 1,000 steps in buckets of ten; of each, three were clipped: its median is 0, its largest 1, so one to four were
    const norms = Array.from({ length: 1000 }, (_, i) => (i % 10 < 3 ? 5 : 0.5));
    const found = clipAttribution(settingOf(clippedRun(clipAt(1, norms))))!;
    expect(found.rest).toEqual({ low: 0.1, high: 0.4 });
    expect(found.role).toBe('mixed'); // the middle is 25 %
    expect(found.typical).toBeNaN(); // no bucket's median is that of a clipped step
    expect(found.most).toBe(5);
  });

  it('leaves out the step at which a run diverged, and steps that were skipped', () => {
    const last = clippedRun([...clipAt(1, [2, 2, 2, 0.5]), null], { outcome: diverged(5) });
    expect(clipAttribution(settingOf(last))!.rest).toEqual({ low: 0.75, high: 0.75 });
    const skipped = clippedRun([...clipAt(1, [2, 2]), null, ...clipAt(1, [0.5, 0.5])], { steps: 5 });
    expect(clipAttribution(settingOf(skipped))!.rest).toEqual({ low: 0.5, high: 0.5 });
  });

  it('is null without a clip', () => {
    const record = syntheticRecord({ optimizer: { kind: 'sgd', learningRate: 0.1 } });
    expect(clipAttribution(settingOf(record))).toBeNull();
  });
});

describe('clipShare', () => {
  it('is of the steps after the start up to the end', () => {
    const setting = settingOf(clippedRun(clipAt(1, [2, 2, 0.5, 0.5, 2, 0.5])));
    expect(clipShare(setting, 0, 2)).toEqual({ low: 1, high: 1 });
    expect(clipShare(setting, 2, 6)).toEqual({ low: 0.25, high: 0.25 });
    expect(clipShare(setting, 6, 9).low).toBeNaN();
  });
});
