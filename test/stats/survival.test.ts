import { describe, expect, it } from 'vitest';
import { logRankPermutationTest, logRankScores, logRankTest } from '../../src/stats/logRank.ts';
import { kaplanMeier, restrictedMean, survivalQuantile } from '../../src/stats/survival.ts';

const up = Number.POSITIVE_INFINITY;
const all = (n: number) => new Array<boolean>(n).fill(true);

describe('Kaplan-Meier', () => {
  it('without censoring is the share that is left', () => {
    const { n, steps, median } = kaplanMeier([3, 1, 2, 2], all(4));
    expect(n).toBe(4);
    expect(steps.map(({ time, atRisk, events, survival }) => [time, atRisk, events, survival])).toEqual([
      [1, 4, 1, 0.75],
      [2, 3, 2, expect.closeTo(0.25, 15)],
      [3, 1, 1, 0],
    ]);
    expect(median).toBe(2);
    // Greenwood without censoring is the binomial sqrt(S (1 - S) / n)
    expect(steps[0].standardError).toBeCloseTo(Math.sqrt((0.75 * 0.25) / 4), 15);
    expect(steps[2]).toMatchObject({ standardError: Number.NaN, low: Number.NaN, high: Number.NaN });
  });

  it('has the log-log interval', () => {
    const [{ survival, standardError, low, high }] = kaplanMeier([1, 2, 3, 4], all(4)).steps;
    const z = 1.959963984540054;
    const theta = Math.exp((z * standardError) / (survival * Math.log(survival)));
    expect(low).toBeCloseTo(survival ** (1 / theta), 14);
    expect(high).toBeCloseTo(survival ** theta, 14);
  });

  it('of runs that are all censored has no steps', () => {
    const curve = kaplanMeier([10, 10, 10], [false, false, false]);
    expect(curve).toEqual({ n: 3, steps: [], median: up, medianInterval: [up, up] });
    expect(restrictedMean(curve, 10)).toEqual({ mean: 10, standardError: 0 });
  });

  it('counts those censored at the time of an event as at risk', () => {
    const { steps } = kaplanMeier([5, 5], [true, false]);
    expect(steps).toMatchObject([{ time: 5, atRisk: 2, events: 1, survival: 0.5 }]);
  });

  it('of a single run', () => {
    expect(kaplanMeier([7], [true])).toMatchObject({ n: 1, median: 7, medianInterval: [7, up] });
    expect(kaplanMeier([7], [false]).median).toBe(up);
  });

  it('takes the median where exactly half have come, by three rules', () => {
    const { steps, median } = kaplanMeier([1, 2, 3, 4], all(4)); // S is 1/2 from 2 to 3
    expect(median).toBe(2);
    expect(survivalQuantile(steps, 0.5, 'below')).toBe(3);
    expect(survivalQuantile(steps, 0.5, 'midpoint')).toBe(2.5);
    // half of ten reached the target, the others were censored at the end of the budget
    const half = kaplanMeier([1, 2, 3, 4, 5, 9, 9, 9, 9, 9], [...all(5), ...new Array(5).fill(false)]);
    expect(half.median).toBe(5);
    expect(survivalQuantile(half.steps, 0.5, 'below')).toBe(up);
    expect(survivalQuantile(half.steps, 0.5, 'midpoint')).toBe(5);
    expect(survivalQuantile(half.steps, 0.6)).toBe(up);
    expect(survivalQuantile(half.steps, 0.1)).toBe(1);
  });

  it.each([12, 24])('meets 1/2 in spite of rounding, when half of %d have come', (n) => {
    const times = Array.from({ length: n }, (_, i) => i + 1);
    const { steps } = kaplanMeier(times, all(n));
    expect(steps[n / 2 - 1].survival).not.toBe(0.5); // below it for 12, above it for 24
    expect(survivalQuantile(steps, 0.5)).toBe(n / 2);
    expect(survivalQuantile(steps, 0.5, 'below')).toBe(n / 2 + 1);
  });

  it('encloses the median', () => {
    const times = Array.from({ length: 30 }, (_, i) => i + 1);
    const { median, medianInterval } = kaplanMeier(times, all(30));
    expect(median).toBe(15);
    expect(medianInterval[0]).toBeLessThan(15);
    expect(medianInterval[1]).toBeGreaterThan(15);
    expect(medianInterval[1]).toBeLessThan(30);
  });

  it('takes a run that never comes as Infinity, censored or not', () => {
    expect(kaplanMeier([1, up], [true, false]).steps).toMatchObject([{ time: 1, survival: 0.5 }]);
    expect(kaplanMeier([1, up, up], [true, false, false]).median).toBe(up);
  });

  it('refuses what is no sample of durations', () => {
    expect(() => kaplanMeier([], [])).toThrow('invalid times: got 0 values');
    expect(() => kaplanMeier([1, 2], [true])).toThrow('invalid durations: got 2 times and 1 marks');
    expect(() => kaplanMeier([Number.NaN], [true])).toThrow('invalid times: got NaN');
    expect(() => kaplanMeier([1], [true], 0)).toThrow('invalid confidence');
  });
});

describe('the restricted mean', () => {
  it('without censoring is the mean of what is cut off at the horizon', () => {
    const curve = kaplanMeier([1, 2, 4, 9], all(4));
    expect(restrictedMean(curve, 20).mean).toBeCloseTo(4, 14);
    expect(restrictedMean(curve, 5).mean).toBeCloseTo((1 + 2 + 4 + 5) / 4, 14);
    expect(restrictedMean(curve, 0.5)).toEqual({ mean: 0.5, standardError: 0 });
    // its standard error is then the population deviation over sqrt(n)
    const deviation = Math.sqrt(((1 - 4) ** 2 + (2 - 4) ** 2 + 0 + 25) / 4);
    expect(restrictedMean(curve, 20).standardError).toBeCloseTo(deviation / 2, 13);
  });

  it('refuses a horizon that is none', () => {
    expect(() => restrictedMean({ steps: [] }, up)).toThrow('invalid horizon: got Infinity');
    expect(() => restrictedMean({ steps: [] }, 0)).toThrow('invalid horizon: got 0');
  });
});

describe('the log-rank test', () => {
  const a = { times: [1, 3, 5], observed: all(3) };
  const b = { times: [2, 4, 6], observed: [true, false, true] };

  it('of two small groups, by hand', () => {
    // at 1: 3 and 3 at risk; 2: 2, 3; 3: 2, 2; 5: 1, 1; 6: 0, 1
    const expected = 3 / 6 + 2 / 5 + 2 / 4 + 1 / 2;
    const variance = 1 / 4 + 6 / 25 + 1 / 4 + 1 / 4;
    const test = logRankTest([a, b]);
    expect(test.statistic).toBeCloseTo((3 - expected) ** 2 / variance, 13);
    expect(test.df).toBe(1);
    expect(logRankTest([b, a]).statistic).toBeCloseTo(test.statistic, 13);
    expect(logRankTest([a, b], { rho: 0 }).statistic).toBeCloseTo(test.statistic, 13);
  });

  it('of the same group twice, of all censored and of groups that never meet says nothing', () => {
    expect(logRankTest([a, a])).toEqual({ statistic: 0, df: 1, p: 1 });
    const censored = { times: [9, 9], observed: [false, false] };
    expect(logRankTest([censored, censored])).toEqual({ statistic: 0, df: 1, p: 1 });
    const early = { times: [1, 1], observed: [false, false] };
    expect(logRankTest([early, { times: [5, 6], observed: all(2) }])).toEqual({ statistic: 0, df: 1, p: 1 });
  });

  it('leaves out a group that is never at risk beside the others', () => {
    const gone = { times: [0.5], observed: [false] };
    for (const groups of [
      [gone, a, b],
      [a, gone, b],
      [a, b, gone],
    ])
      expect(logRankTest(groups).statistic).toBeCloseTo(logRankTest([a, b]).statistic, 12);
  });

  it('refuses a single group', () => {
    expect(() => logRankTest([a])).toThrow('invalid groups: got 1, expected 2 or more');
    expect(() => logRankTest([a, { times: [], observed: [] }])).toThrow('invalid times: got 0 values');
  });
});

describe('the log-rank test by permutation', () => {
  const a = { times: [3, 5, 7, 9, 12], observed: [true, true, true, false, true] };
  const b = { times: [4, 11, 15, 15, 8, 14], observed: [true, true, false, false, true, true] };

  it('has scores whose sum over a group is its observed less its expected events', () => {
    const few = { times: [1, 3, 5], observed: all(3) };
    const others = { times: [2, 4, 6], observed: [true, false, true] };
    const [first, second] = logRankScores([few, others]);
    const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
    expect(sum(first)).toBeCloseTo(3 - (3 / 6 + 2 / 5 + 2 / 4 + 1 / 2), 14);
    expect(sum(second)).toBeCloseTo(-sum(first), 14);
    // the first one's: an event while 6 are at risk; the one censored at 4 has the hazards of 1, 2 and 3
    expect(first[0]).toBeCloseTo(1 - 1 / 6, 14);
    expect(second[1]).toBeCloseTo(-(1 / 6 + 1 / 5 + 1 / 4), 14);
  });

  it('takes all ways to deal few runs', () => {
    const early = { times: [1, 2, 3, 4], observed: all(4) };
    const late = { times: [5, 6, 7, 8], observed: all(4) };
    // no more than one way of 70 on either side is so far apart, yet chi-square gives 0.0067
    expect(logRankPermutationTest(early, late)).toMatchObject({
      p: 2 / 70,
      method: 'exact',
      permutations: 70,
    });
    expect(logRankTest([early, late]).p).toBeCloseTo(0.0067, 4);
    // SciPy: permutation_test(scores, difference of means, two-sided) gives 0.5831084656084655, 116 / 462
    const test = logRankPermutationTest(a, b);
    expect(test.statistic).toBeCloseTo(0.5831084656084655, 13);
    expect(test.p).toBeCloseTo(116 / 462, 14);
    expect(logRankPermutationTest(b, a).p).toBeCloseTo(test.p, 14);
  });

  it('says nothing where no run came, and draws where the ways are too many', () => {
    const none = { times: [9, 9], observed: [false, false] };
    expect(logRankPermutationTest(none, none).p).toBe(1);
    const many = (from: number) => ({
      times: Array.from({ length: 12 }, (_, i) => from + i),
      observed: all(12),
    });
    expect(logRankPermutationTest(many(0), many(100), { resamples: 999 })).toMatchObject({
      method: 'monte-carlo',
      p: 2 / 1000,
    });
  });
});
