import { describe, expect, it } from 'vitest';
import { stream } from '../../src/core/rng.ts';
import {
  betaCdf,
  betaQuantile,
  binomialCdf,
  chiSquareCdf,
  chiSquareQuantile,
  chiSquareSf,
  fCdf,
  fQuantile,
  fSf,
  normalCdf,
  normalQuantile,
  normalSf,
  studentCdf,
  studentQuantile,
  studentSf,
} from '../../src/stats/distributions.ts';
import { deviance, logGamma, stirlingError } from '../../src/stats/specialFunctions.ts';

// The values of distributions are held to 50-digit references in test/conform/statistics.test.ts; here are limits and identities.

const relative = (got: number, expected: number) => Math.abs(got / expected - 1);

describe('distributions', () => {
  it('have their closed forms in the tails', () => {
    for (const t of [0.1, 2, 1e3, 1e8])
      expect(relative(studentSf(t, 1), Math.atan2(1, t) / Math.PI)).toBeLessThan(1e-13);
    for (const x of [1e-3, 5, 200, 1400])
      expect(relative(chiSquareSf(x, 2), Math.exp(-x / 2))).toBeLessThan(1e-12);
    for (const x of [1e-8, 0.3, 7, 1e9])
      expect(relative(fSf(x, 2, 6), (1 + x / 3) ** -3)).toBeLessThan(1e-13);
    for (const x of [1e-10, 0.2, 0.9]) expect(relative(betaCdf(x, 3, 1), x ** 3)).toBeLessThan(1e-13);
  });

  it('do not lose the tail beyond which 1 - cdf is 0', () => {
    expect(relative(normalSf(10), 7.61985302416052e-24)).toBeLessThan(1e-13);
    expect(relative(normalSf(38), 2.88542835e-316)).toBeLessThan(1e-7); // a number with few digits left
    expect(normalCdf(-39)).toBe(0);
    expect(relative(chiSquareCdf(0.001, 20), 2.689921488272024e-40)).toBeLessThan(1e-13);
    expect(relative(studentQuantile(1e-10, 1), -3183098861.837907)).toBeLessThan(1e-13);
  });

  it('end at 0 and 1', () => {
    const [up, down] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    expect([normalCdf(down), normalCdf(0), normalCdf(up)]).toEqual([0, 0.5, 1]);
    expect([studentCdf(down, 3), studentCdf(0, 3), studentCdf(up, 3)]).toEqual([0, 0.5, 1]);
    expect([chiSquareCdf(-1, 3), chiSquareCdf(0, 3), chiSquareCdf(up, 3)]).toEqual([0, 0, 1]);
    expect([fCdf(-1, 3, 4), fCdf(0, 3, 4), fCdf(up, 3, 4), fSf(up, 3, 4)]).toEqual([0, 0, 1, 0]);
    expect([betaCdf(-1, 2, 2), betaCdf(0, 2, 2), betaCdf(1, 2, 2), betaCdf(2, 2, 2)]).toEqual([0, 0, 1, 1]);
    expect([binomialCdf(-1, 5, 0.3), binomialCdf(5, 5, 0.3), binomialCdf(9, 5, 0.3)]).toEqual([0, 1, 1]);
    expect([binomialCdf(2, 5, 0), binomialCdf(2, 5, 1), binomialCdf(0, 0, 0.5)]).toEqual([1, 0, 1]);
    expect(binomialCdf(2.9, 5, 0.5)).toBe(binomialCdf(2, 5, 0.5));
  });

  it('are normal for infinitely many degrees of freedom', () => {
    expect(studentSf(3, Number.POSITIVE_INFINITY)).toBe(normalSf(3));
    expect(studentQuantile(0.01, Number.POSITIVE_INFINITY)).toBe(normalQuantile(0.01));
    expect(relative(studentSf(3, 1e13), normalSf(3))).toBeLessThan(1e-11);
  });

  it('pass NaN on', () => {
    const nan = Number.NaN;
    for (const value of [
      normalCdf(nan),
      studentSf(nan, 2),
      chiSquareSf(nan, 2),
      fSf(nan, 1, 2),
      betaCdf(nan, 1, 2),
    ])
      expect(value).toBeNaN();
    expect(binomialCdf(nan, 3, 0.5)).toBeNaN();
  });

  it('refuse what is no parameter and no probability', () => {
    expect(() => studentSf(1, 0)).toThrow('invalid degrees of freedom: got 0, expected a number above 0');
    expect(() => chiSquareSf(1, Number.NaN)).toThrow('invalid degrees of freedom');
    expect(() => betaCdf(0.5, 1, -1)).toThrow('invalid shape');
    expect(() => normalQuantile(1.1)).toThrow('invalid probability: got 1.1');
    expect(() => betaQuantile(Number.NaN, 1, 1)).toThrow('invalid probability');
    expect(() => binomialCdf(1, 2.5, 0.5)).toThrow('invalid number of trials');
  });
});

describe('quantiles of distributions', () => {
  const probabilities = [1e-290, 1e-100, 1e-20, 1e-6, 0.025, 0.3, 0.5, 0.6, 0.975, 1 - 1e-12];

  it('undo the distribution functions, on the smaller tail', () => {
    // an error of 1 ulp in the quantile shows as up to |x f(x) / F(x)| of them in the tail, about 1e3 here
    const back = (p: number, cdf: number, sf: number) => (p <= 0.5 ? relative(cdf, p) : relative(sf, 1 - p));
    for (const p of probabilities) {
      const z = normalQuantile(p);
      expect(back(p, normalCdf(z), normalSf(z))).toBeLessThan(1e-12);
      for (const df of [1, 2.5, 30, 1e4]) {
        const t = studentQuantile(p, df);
        if (t > -1e150) expect(back(p, studentCdf(t, df), studentSf(t, df))).toBeLessThan(1e-11);
        const x = chiSquareQuantile(p, df);
        if (x > 1e-300) expect(back(p, chiSquareCdf(x, df), chiSquareSf(x, df))).toBeLessThan(1e-11);
      }
      if (p < 1e-20) continue; // 1e-290 of F(1, 4) is at 1e-580
      const f = fQuantile(p, 1, 4);
      expect(back(p, fCdf(f, 1, 4), fSf(f, 1, 4))).toBeLessThan(1e-11);
      const x = betaQuantile(p, 3, 0.75);
      if (x < 0.5) expect(relative(betaCdf(x, 3, 0.75), p)).toBeLessThan(1e-11);
    }
  });

  it('end where the distributions end', () => {
    const [up, down] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    expect([normalQuantile(0), normalQuantile(0.5), normalQuantile(1)]).toEqual([down, 0, up]);
    expect([studentQuantile(0, 2), studentQuantile(0.5, 2), studentQuantile(1, 2)]).toEqual([down, 0, up]);
    expect([chiSquareQuantile(0, 2), chiSquareQuantile(1, 2)]).toEqual([0, up]);
    expect([betaQuantile(0, 2, 3), betaQuantile(1, 2, 3)]).toEqual([0, 1]);
  });

  it('are antisymmetric where the distribution is symmetric', () => {
    const rng = stream(3, 'test').at(0);
    for (let i = 0; i < 50; i++) {
      const p = Math.floor(rng.uniform() * 2 ** 30) / 2 ** 31; // p and 1 - p are both exact
      if (p === 0) continue;
      expect(normalQuantile(1 - p)).toBe(-normalQuantile(p));
      expect(studentQuantile(1 - p, 4)).toBe(-studentQuantile(p, 4));
    }
  });
});

describe('special functions', () => {
  it('logGamma has the factorials and the half-integers', () => {
    let logFactorial = 0;
    for (let n = 1; n <= 30; n++) {
      expect(Math.abs(logGamma(n) - logFactorial)).toBeLessThan(1e-14 * Math.max(1, logFactorial));
      logFactorial += Math.log(n);
    }
    expect(Math.abs(logGamma(0.5) - Math.log(Math.PI) / 2)).toBeLessThan(1e-15);
  });

  it('stirlingError joins its two ways of computing', () => {
    // S(a) - S(a + 1) is the recurrence; across a = 10 it compares the series with it
    for (const a of [0.3, 4, 9.5, 9.999]) {
      const step = (a + 0.5) * Math.log1p(1 / a) - 1;
      expect(Math.abs(stirlingError(a) - stirlingError(a + 1) - step)).toBeLessThan(1e-14);
    }
  });

  it('deviance keeps its digits where its terms cancel', () => {
    const h = 2 ** -20;
    // x log x + 1 - x at 1 + h is h^2/2 - h^3/6 + h^4/12 - ...
    expect(relative(deviance(1 + h, 1), h ** 2 / 2 - h ** 3 / 6 + h ** 4 / 12)).toBeLessThan(1e-15);
    expect(deviance(5, 5)).toBe(0);
  });
});
