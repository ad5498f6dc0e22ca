import { describe, expect, it } from 'vitest';
import { colorNames, dark, light } from '../../src/report/palette.ts';

type Triple = readonly [number, number, number];

/** Machado, Oliveira and Fernandes (2009), severity 1: what is left of linear RGB without one kind of cone. */
const VISION: Readonly<Record<string, readonly Triple[]>> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function linear(hex: string): Triple {
  const [r, g, b] = [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16) / 255);
  const toLinear = (c: number) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return [toLinear(r), toLinear(g), toLinear(b)];
}

function apply(matrix: readonly Triple[], v: Triple): Triple {
  const [x, y, z] = matrix.map((row) => row[0] * v[0] + row[1] * v[1] + row[2] * v[2]);
  return [x, y, z];
}

/** Ottosson (2020). */
function oklab(rgb: Triple): Triple {
  const clipped = rgb.map((c) => Math.min(1, Math.max(0, c))) as unknown as Triple;
  const cones = apply(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    clipped,
  ).map(Math.cbrt) as unknown as Triple;
  return apply(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    cones,
  );
}

/** The smallest distance of two hues in OKLab, times 100. */
function smallestDistance(hues: readonly string[], vision: string): number {
  const labs = hues.map((hue) => oklab(apply(VISION[vision], linear(hue))));
  const distances = labs.flatMap((a, i) =>
    labs.slice(i + 1).map((b) => 100 * Math.hypot(...a.map((x, k) => x - b[k]))),
  );
  return Math.min(...distances);
}

/** WCAG 2. */
function contrast(a: string, b: string): number {
  const luminance = ([r, g, bl]: Triple) => 0.2126 * r + 0.7152 * g + 0.0722 * bl;
  const [x, y] = [luminance(linear(a)), luminance(linear(b))];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

describe.each([
  ['light', light],
  ['dark', dark],
])('the %s palette', (_name, palette) => {
  it.each(Object.keys(VISION))('keeps its hues apart for %s vision', (vision) => {
    expect(smallestDistance(palette.hues, vision)).toBeGreaterThan(7);
  });

  it('has a contrast of 3:1 for lines and of 4.5:1 for text', () => {
    for (const hue of palette.hues) expect(contrast(hue, palette.page)).toBeGreaterThan(3);
    for (const text of [palette.ink, palette.muted, palette.alert]) {
      expect(contrast(text, palette.page)).toBeGreaterThan(4.5);
    }
  });
});

it('the measure of distance refuses a palette that is known to be bad', () => {
  // tableau10's first six
  const tableau = ['#4c78a8', '#f58518', '#e45756', '#72b7b2', '#54a24b', '#eeca3b'];
  expect(smallestDistance(tableau, 'protan')).toBeLessThan(7);
});

it('every light colour has a dark one and a name, and no two share one', () => {
  const colors = colorNames();
  expect(colors).toHaveLength(7 + light.hues.length);
  for (const part of ['name', 'light', 'dark'] as const)
    expect(new Set(colors.map((color) => color[part])).size).toBe(colors.length);
  expect(colors.at(-1)).toEqual({ name: '--hue5', light: light.hues[5], dark: dark.hues[5] });
});
