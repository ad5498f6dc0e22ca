import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../src/core/json.ts';
import { chart, type Figure } from '../../../src/report/figure.ts';
import { figuresOf } from '../../../src/report/figures.ts';
import { pngOf } from '../../../src/report/files/png.ts';
import { figureSvg, SIZES } from '../../../src/report/files/svg.ts';
import { groupMethods } from '../../../src/report/methods.ts';
import { HOSTILE, hostileRecords, poisonedRecords, quickstartLike } from '../syntheticRecords.ts';

const figures = figuresOf(groupMethods(quickstartLike(3)));
const few = figuresOf(groupMethods(quickstartLike(3).slice(0, 18)));

function sizeOf(svg: string): { width: number; height: number; box: number[] } {
  const [, width, height, box] = /^<svg [^>]* width="([\d.]+)" height="([\d.]+)" viewBox="([\d. ]+)">/.exec(
    svg,
  )!;
  return { width: Number(width), height: Number(height), box: box.split(' ').map(Number) };
}

describe('a figure as SVG', () => {
  it.each([...figures, ...few])('is as wide as the columns of a paper, in 7 to 9 points: $id', (figure) => {
    // 84 and 174 mm at 96 pixels an inch
    for (const [size, expected] of [
      ['column', 317.48],
      ['twoColumns', 657.64],
    ] as const) {
      const svg = figureSvg(figure, size);
      const { width, box } = sizeOf(svg);
      expect(width).toBe(expected);
      expect(box[2]).toBe(expected); // nothing was made smaller to fit
      const points = [...svg.matchAll(/font-size="([\d.]+)px"/g)].map((match) => 0.75 * Number(match[1]));
      expect(Math.min(...points)).toBeGreaterThanOrEqual(7);
      expect(Math.max(...points)).toBeLessThanOrEqual(9);
    }
  });

  it('puts small panels side by side: four in two columns of a paper, two in one, four on a page', () => {
    const columns = (svg: string) =>
      new Set(
        [
          ...svg.matchAll(/<g transform="translate\(([\d.]+),[\d.]+\)"><g><g class="mark-group role-axis"/g),
        ].map((match) => match[1]),
      ).size;
    expect(SIZES.map((size) => columns(figureSvg(figures[0], size)))).toEqual([4, 2, 4]);
    expect(sizeOf(figureSvg(figures[0])).width).toBeLessThanOrEqual(1072);
  });

  it('is the same bytes after other figures, and from a spec with its keys in another order', () => {
    const first = figures.map((figure) => figureSvg(figure, 'column'));
    const again = figures.toReversed().map((figure) => {
      const spec = JSON.parse(canonicalJson(figure.spec));
      return figureSvg({ ...figure, spec }, 'column');
    });
    expect(again.toReversed()).toEqual(first);
  });

  it('counts its ids from one', () => {
    const svg = figureSvg(figures.find(({ id }) => id === 'gradient-norms')!);
    expect([...svg.matchAll(/<linearGradient id="([^"]*)"/g)].map((match) => match[1])).toEqual([
      'gradient_0',
    ]);
  });

  it('names itself for those who do not see it, and draws on white', () => {
    const figure = { ...figures[0], title: 'Loss & <rate>', caption: 'Dots: "seeds"' };
    const svg = figureSvg(figure);
    expect(svg).toContain('<title id="title">Loss &amp; &lt;rate&gt;</title>');
    expect(svg).toContain('<desc id="caption">Dots: &quot;seeds&quot;</desc>');
    expect(svg).toContain('<rect width="100%" height="100%" fill="#ffffff"/>');
    expect(svg).toContain('font-family="&quot;DejaVu Sans&quot;, Verdana, sans-serif"');
    expect(svg).not.toContain('system-ui');
  });

  it('draws hostile names and numbers as text in whole XML, in all sizes', () => {
    const hostile = figuresOf(groupMethods([...hostileRecords(), ...poisonedRecords()]));
    expect(hostile.length).toBeGreaterThan(4);
    for (const figure of hostile) {
      for (const size of SIZES) {
        const svg = figureSvg(figure, size);
        expect(svg).not.toMatch(/<script|<img|<[^>]* on\w+="/);
        expect(svg).not.toMatch(/NaN|Infinity/);
        expect(pngOf(svg, 1).length).toBeGreaterThan(1000); // throws on XML that is not
      }
    }
    const named = figureSvg(hostile.find(({ id }) => id === 'loss-curves')!);
    expect(HOSTILE[0]).toContain('<script>');
    expect(named).toContain('&lt;script&gt;');
  });

  it('shows characters that its font lacks as escapes', () => {
    const name = 'fast 🚀 学';
    const figure = bars(name);
    expect(figureSvg(figure, 'column')).toContain('>fast \\u{1f680} \\u{5b66}</text>');
  });

  it('refuses what Vega only warns of', () => {
    expect(() => figureSvg(bars('a', Number.POSITIVE_INFINITY))).toThrow(/figure bars does not draw/);
  });
});

function bars(name: string, value = 1): Figure {
  const layout = { panels: 1, minWidth: 100, maxWidth: 200, axis: 40 };
  const spec = chart('bars', layout, {
    data: { values: [{ name, value }] },
    mark: 'bar',
    encoding: {
      x: { field: 'value', type: 'quantitative' },
      y: { field: 'name', type: 'nominal', title: null },
    },
  });
  return { id: 'bars', title: 'Bars', caption: 'Bars.', spec };
}
