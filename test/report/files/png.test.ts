import { describe, expect, it } from 'vitest';
import { figuresOf } from '../../../src/report/figures.ts';
import { textWidth } from '../../../src/report/files/font.ts';
import { pngOf } from '../../../src/report/files/png.ts';
import { figureSvg } from '../../../src/report/files/svg.ts';
import { groupMethods } from '../../../src/report/methods.ts';
import { quickstartLike } from '../syntheticRecords.ts';
import { decodePng, inkIn } from './drawing.ts';

const text = (content: string, weight = 400) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="200" height="40"><rect width="100%" height="100%" fill="#ffffff"/><text x="20" y="25" font-size="16px" font-weight="${weight}" font-family="'DejaVu Sans', Verdana, sans-serif">${content}</text></svg>`;

describe('a figure as PNG', () => {
  it('has ink where its text is and nowhere else, as wide as measured', () => {
    const picture = decodePng(pngOf(text('Hamburg')));
    expect([picture.width, picture.height]).toEqual([400, 80]);
    const end = 2 * (20 + 16 * textWidth('Hamburg', 'regular'));
    expect(inkIn(picture, 40, 20, Math.round(end) - 40, 40)).toBeGreaterThan(300);
    expect(inkIn(picture, Math.ceil(end) - 16, 20, 16, 40)).toBeGreaterThan(20);
    expect(inkIn(picture, 0, 0, 38, 80)).toBe(0);
    expect(inkIn(picture, Math.ceil(end) + 1, 0, 400 - Math.ceil(end) - 1, 80)).toBe(0);
  });

  it('has bold text in bold', () => {
    const [plain, bold] = [400, 600].map((weight) => decodePng(pngOf(text('Hamburg', weight))));
    expect(inkIn(bold, 0, 0, 400, 80)).toBeGreaterThan(1.3 * inkIn(plain, 0, 0, 400, 80));
  });

  it('has the labels of a figure', () => {
    const svg = figureSvg(
      figuresOf(groupMethods(quickstartLike(2))).find(({ id }) => id === 'learning-rate')!,
    );
    const picture = decodePng(pngOf(svg, 1));
    const withoutText = decodePng(pngOf(svg.replace(/<text[\s\S]*?<\/text>/g, ''), 1));
    // the title stands in the corner, where nothing else is
    expect(inkIn(picture, 0, 0, 230, 18)).toBeGreaterThan(100);
    expect(inkIn(withoutText, 0, 0, 230, 18)).toBe(0);
  });
});
