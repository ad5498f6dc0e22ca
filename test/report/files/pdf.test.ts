import { describe, expect, it } from 'vitest';
import { figuresPdf } from '../../../src/report/files/pdf.ts';
import { figureSvg } from '../../../src/report/files/svg.ts';
import { groupMethods } from '../../../src/report/methods.ts';
import { figuresOf } from '../../../src/report/report.ts';
import { hostileRecords, quickstartLike } from '../syntheticRecords.ts';
import { readPdf } from './drawing.ts';

const figures = figuresOf(groupMethods(quickstartLike(2)));
const pagesOf = (objects: string) => [...objects.matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)];

describe('figures as PDF', () => {
  it('are pages of their own size, named in the outline', () => {
    const { objects } = readPdf(figuresPdf(figures, 'column'));
    const pages = pagesOf(objects);
    expect(pages).toHaveLength(figures.length);
    for (const [, width] of pages) expect(Number(width)).toBeCloseTo((84 / 25.4) * 72, 1);
    const titles = [...objects.matchAll(/\/Title \(([^)]*)\)/g)].map((match) => match[1]);
    expect(titles).toEqual(expect.arrayContaining(figures.map(({ title }) => title)));
  });

  it('share two embedded fonts, however many they are', () => {
    const [one, all] = [figuresPdf(figures.slice(0, 1)), figuresPdf(figures)].map(readPdf);
    for (const { objects } of [one, all]) {
      expect(objects.match(/\/FontFile2 /g)).toHaveLength(2);
      expect(objects.match(/\/FontName \/[A-Z]{6}\+DejaVuSans(-Bold)?\n/g)).toHaveLength(2);
    }
    const alone = figures.map((figure) => figuresPdf([figure]).length).reduce((a, b) => a + b);
    expect(figuresPdf(figures).length).toBeLessThan(alone - 9000 * (figures.length - 1));
  });

  it('hold text as text', () => {
    const { streams } = readPdf(figuresPdf(figures.slice(0, 1)));
    const content = streams.find((stream) => stream.includes('BT'))!;
    const texts = figureSvg(figures[0]).match(/<text/g)!.length;
    expect(content.match(/\bBT\b/g)!.length).toBe(texts);
  });

  it('say nothing about when they were made', () => {
    const { objects } = readPdf(figuresPdf(figures));
    expect(objects.match(/\(D:\d{14}Z\)/g)).toEqual(['(D:19700101000000Z)']);
    expect(Buffer.from(figuresPdf(figures)).equals(figuresPdf(figures))).toBe(true);
  });

  it('draw hostile names', () => {
    const hostile = figuresOf(groupMethods(hostileRecords()));
    const { objects } = readPdf(figuresPdf(hostile));
    expect(pagesOf(objects)).toHaveLength(hostile.length);
    expect(objects).not.toMatch(/\/(JavaScript|JS|URI|Launch)\b/);
  });
});
