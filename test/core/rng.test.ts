import { describe, expect, it } from 'vitest';
import { stream } from '../../src/core/rng.ts';

const draw = (n: number, next: () => number) => Array.from({ length: n }, next);

describe('stream', () => {
  it('is a pure function of seed, name and counters', () => {
    const a = stream(7, 'order').at(3, 1);
    const b = stream(7, 'order').at(3, 1);
    expect(draw(10, () => a.uint32())).toEqual(draw(10, () => b.uint32()));
  });

  it('differs by seed, by name, by counter and by the order of counters', () => {
    const first = [
      stream(7, 'order').at(1),
      stream(8, 'order').at(1),
      stream(7, 'init').at(1),
      stream(7, 'order').at(2),
      stream(7, 'order').at(1, 2),
      stream(7, 'order').at(2, 1),
      stream(7, 'order').at(1 + 2 ** 32),
      stream(7, 'order').at(),
    ].map((rng) => rng.uint32());
    expect(new Set(first).size).toBe(first.length);
  });

  it('has golden first values', () => {
    const rng = stream(0, 'init').at(0);
    expect(draw(4, () => rng.uint32())).toMatchInlineSnapshot(`
      [
        1674491751,
        10880441,
        1033646865,
        2643977964,
      ]
    `);
    expect(stream(0, 'init').at(0).normal()).toMatchInlineSnapshot(`0.05827441214289883`);
  });

  it('is uniform: chi-squared over 256 cells of 65,536 draws', () => {
    const rng = stream(11, 'test').at(0);
    const cells = new Array<number>(256).fill(0);
    for (let i = 0; i < 65_536; i++) cells[Math.floor(rng.uniform() * 256)]++;
    const chi2 = cells.reduce((sum, n) => sum + (n - 256) ** 2 / 256, 0);
    // 255 degrees of freedom: mean 255, standard deviation 22.6; five of them on either side
    expect(chi2).toBeGreaterThan(142);
    expect(chi2).toBeLessThan(368);
  });

  it('first draws of consecutive counters are uncorrelated', () => {
    const family = stream(5, 'test');
    const values = draw(
      4000,
      (() => {
        let i = 0;
        return () => family.at(i++).uniform();
      })(),
    );
    let covariance = 0;
    for (let i = 1; i < values.length; i++) covariance += (values[i] - 0.5) * (values[i - 1] - 0.5);
    // correlation = 12 * mean product; its standard error is 1/sqrt(4000) = 0.016
    expect(Math.abs((12 * covariance) / values.length)).toBeLessThan(0.08);
  });

  it('normals have mean 0, variance 1 and kurtosis 3', () => {
    const rng = stream(3, 'test').at(0);
    const values = draw(100_000, () => rng.normal());
    const moment = (k: number) => values.reduce((sum, x) => sum + x ** k, 0) / values.length;
    // standard errors: 0.0032, 0.0045, 0.031; five of each
    expect(Math.abs(moment(1))).toBeLessThan(0.016);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.023);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.16);
  });

  it('below(n) is unbiased and in range', () => {
    const rng = stream(2, 'test').at(0);
    const counts = [0, 0, 0];
    for (let i = 0; i < 30_000; i++) counts[rng.below(3)]++;
    for (const n of counts) expect(Math.abs(n - 10_000)).toBeLessThan(5 * 82); // binomial sd 81.6
  });

  it('shuffle gives a permutation, each place equally likely', () => {
    const counts = new Array<number>(4).fill(0);
    for (let i = 0; i < 8000; i++) {
      const values = Int32Array.from([0, 1, 2, 3]);
      stream(1, 'test').at(i).shuffle(values);
      expect([...values].sort()).toEqual([0, 1, 2, 3]);
      counts[values.indexOf(0)]++;
    }
    for (const n of counts) expect(Math.abs(n - 2000)).toBeLessThan(5 * 39); // binomial sd 38.7
  });
});
