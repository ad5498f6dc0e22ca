import { describe, expect, it } from 'vitest';
import { divergenceOf } from '../../src/stats/divergence.ts';

const curve = (count: number, distance: (t: number) => number) => ({
  steps: Array.from({ length: count }, (_, t) => t),
  distances: Array.from({ length: count }, (_, t) => distance(t)),
});

describe('divergenceOf', () => {
  it('is the exponent of an exponential, until it is saturated', () => {
    const growing = divergenceOf(curve(200, (t) => Math.min(1e-9 * Math.exp(0.3 * t), 0.02)));
    expect(growing.rate).toBeCloseTo(0.3, 12);
    expect(growing.first).toEqual({ step: 0, distance: 1e-9 });
    // e^(0.3 t) >= 1000 from t = 23.03, 1e-9 e^(0.3 t) >= 0.002 from t = 48.4
    expect(growing.stepsToFactor).toBe(24);
    expect(growing.phase).toEqual({ from: 0, to: 49 });
    expect(growing.saturation).toEqual({ step: 49, distance: 0.02 });
    expect(growing.final).toBe(0.02);
  });

  it('is not saturated while it grows', () => {
    const { rate, saturation, phase } = divergenceOf(curve(100, (t) => 1e-9 * Math.exp(0.1 * t)));
    expect(rate).toBeCloseTo(0.1, 12);
    expect(saturation).toBeNull();
    expect(phase).toEqual({ from: 0, to: 76 }); // 99 - ln(10) / 0.1
  });

  it('is negative for an approach, which lasts until they meet', () => {
    const approach = divergenceOf(curve(60, (t) => (t < 40 ? 1e-3 * 0.9 ** t : 0)));
    expect(approach.rate).toBeCloseTo(Math.log(0.9), 12);
    expect(approach.phase).toEqual({ from: 0, to: 39 });
    expect([approach.stepsToFactor, approach.saturation, approach.final]).toEqual([null, null, 0]);
  });

  it('starts where the runs part, and gives a leap no weight', () => {
    const late = divergenceOf(curve(120, (t) => (t < 10 ? 0 : t === 10 ? 1e-12 : 1e-8 * 1.2 ** t)));
    expect(late.first?.step).toBe(10);
    expect(late.rate).toBeCloseTo(Math.log(1.2), 12);
    const leap = divergenceOf(curve(50, (t) => (t === 0 ? 1e-9 : 0.1)));
    expect(leap.phase).toEqual({ from: 0, to: 1 });
    expect(leap.rate).toBeCloseTo(Math.log(1e8), 12);
  });

  it('has no rate where the runs never part', () => {
    expect(divergenceOf(curve(5, () => 0))).toEqual({
      first: null,
      rate: null,
      phase: null,
      stepsToFactor: null,
      saturation: null,
      final: 0,
    });
  });

  it('chooses steps of a long phase', () => {
    expect(divergenceOf(curve(5000, (t) => 1e-9 * Math.exp(0.004 * t))).rate).toBeCloseTo(0.004, 12);
  });
});
