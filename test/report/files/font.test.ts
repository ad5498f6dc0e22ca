import { openSync } from 'fontkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drawable, FONT_FILES, textWidth, type Weight } from '../../../src/report/files/font.ts';
import { figureSvg } from '../../../src/report/files/svg.ts';
import { measureByFont, textMetrics } from '../../../src/report/files/textMetrics.ts';
import { groupMethods } from '../../../src/report/methods.ts';
import { figuresOf } from '../../../src/report/report.ts';
import { quickstartLike } from '../syntheticRecords.ts';

const TEXTS = [
  'training loss (log)',
  'final validation loss by learning rate',
  'AVATAR To',
  'difficult office flow',
  '0.001',
  'adam, clip globalNorm 1',
  'Größe αβγ – 10⁻³ ∞',
];

const estimate = textMetrics.width;
beforeEach(measureByFont);
afterEach(() => {
  textMetrics.width = estimate;
});

/** What a whole layout by the font gives, in pixels. */
function layoutWidth(text: string, size: number, weight: Weight = 'regular'): number {
  const font = openSync(FONT_FILES[weight]);
  return (size * font.layout(text).advanceWidth) / font.unitsPerEm;
}

describe('the width of text', () => {
  // half a pixel: less than the eye sees, a hundredth of what the estimate is off by
  it.each(TEXTS)('is what the font lays out: %s', (text) => {
    const at = (fontSize: number, fontWeight?: number | string) =>
      textMetrics.width({ fontSize, ...(fontWeight === undefined ? {} : { fontWeight }) }, text);
    expect(Math.abs(at(12) - layoutWidth(text, 12))).toBeLessThan(0.5);
    expect(Math.abs(at(20, 600) - layoutWidth(text, 20, 'bold'))).toBeLessThan(0.5);
    expect(at(12, 'bold')).toBeGreaterThan(at(12, 500));
  });

  it('is far off by what Vega estimates without a canvas', () => {
    const text = 'training loss (log)';
    const right = layoutWidth(text, 11);
    expect(right).toBeCloseTo(96.2, 1);
    expect(estimate({ fontSize: 11 }, text)).toBeGreaterThan(1.5 * right);
  });

  it('ends where the text is cut', () => {
    expect(textMetrics.width({ fontSize: 12, limit: 30 }, 'training loss')).toBe(30);
    expect(textMetrics.width({ fontSize: 12, limit: 500 }, 'training loss')).toBe(
      12 * textWidth('training loss', 'regular'),
    );
    expect(textMetrics.width({ fontSize: 12 }, null)).toBe(0);
    expect(textMetrics.width({ fontSize: 12 }, 100)).toBe(12 * textWidth('100', 'regular'));
  });

  it('does not depend on who has set it before a figure is drawn', () => {
    const [figure] = figuresOf(groupMethods(quickstartLike(2)));
    const svg = figureSvg(figure);
    textMetrics.width = () => 500;
    expect(figureSvg(figure)).toBe(svg);
  });
});

describe('what the font cannot draw', () => {
  it.each([
    ['adam, clip 1', 'adam, clip 1'],
    ['Größe α ≤ ∞', 'Größe α ≤ ∞'],
    ['fast 🚀 run', 'fast \\u{1f680} run'],
    ['学習', '\\u{5b66}\\u{7fd2}'],
    ['a\ud800b', 'a\\u{d800}b'],
    ['two\nlines\u202e', 'two\\u{a}lines\\u{202e}'],
    ['\uffff', '\\u{ffff}'],
  ])('is its escape: %j', (text, expected) => {
    expect(drawable(text)).toBe(expected);
  });
});
