import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { figuresOf } from '../../src/report/figures.ts';
import { figureCsv } from '../../src/report/files/figureData.ts';
import { groupMethods } from '../../src/report/methods.ts';
import { dark, light } from '../../src/report/palette.ts';
import { renderReport } from '../../src/report/report.ts';
import type { RunRecord } from '../../src/run/record.ts';
import { quickstartLike, syntheticRecord } from '../report/syntheticRecords.ts';
import { drawn, launch, type Opened, open, saved } from './browser.ts';
import { chromiumPath } from './chromium.ts';

// biome-ignore lint/suspicious/noExplicitAny: the types of a page are those of no other test
type Any = any;
declare const document: Any;
declare const getComputedStyle: (element: Any) => Any;

const PDF = new TextEncoder().encode('%PDF-1.7\n% a stand-in\n');

function reportOf(records: readonly RunRecord[]): string {
  const experiment = { name: 'x', title: 'Seven optimizers', question: 'Which is best?' };
  return renderReport({ experiment, records, command: 'npx thalweg run x', pdfOf: () => PDF });
}

/** Five methods: few enough for one panel. */
const FEW = quickstartLike(3).filter(({ spec }) => !['sgd', 'momentum'].includes(spec.optimizer.kind));

/** Every figure is there, drawn, and a picture with a text. */
async function everyFigure(page: Page): Promise<void> {
  const figures = await page.locator('figure').count();
  expect(figures).toBeGreaterThanOrEqual(7);
  expect(await drawn(page)).toBe(figures);
  expect(await page.locator('figure .plot[role=img][aria-label]').count()).toBe(figures);
}

/** The texts of an axis or of labels in the drawing of a figure. */
function texts(page: Page, figure: string, part: string): Promise<string[]> {
  return page.locator(`#${figure} .plot svg ${part} text`).allTextContents();
}

function lines(page: Page, figure: string): Promise<number> {
  return page.locator(`#${figure} .plot svg .mark-line path`).count();
}

/** A number that is not whole as the page holds it. */
function inSixDigits(cell: string): string {
  const value = Number(cell);
  return cell === '' || Number.isNaN(value) || Number.isInteger(value)
    ? cell
    : String(Number(value.toPrecision(6)));
}

const rgb = (hex: string) =>
  `rgb(${[1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16)).join(', ')})`;

describe.skipIf(chromiumPath() === null)('the report in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
  });

  async function using(
    records: readonly RunRecord[],
    test: (opened: Opened) => Promise<void>,
    options: Parameters<typeof open>[2] = {},
  ): Promise<void> {
    const opened = await open(browser, reportOf(records), options);
    try {
      await test(opened);
      expect(opened.problems).toEqual([]);
    } finally {
      await opened.close();
    }
  }

  it('draws every figure, asks for nothing and complains of nothing', () =>
    using(quickstartLike(2), async ({ page }) => {
      await everyFigure(page);
      expect(await page.locator('main h1').textContent()).toBe('Seven optimizers');
      // a drawing has ink: a line for each method and split, and one in grey for each in each panel
      expect(await lines(page, 'loss-curves')).toBe(7 * 2 + 7 * 7);
    }));

  it('opens a report of 1,000 runs, smaller than 1.5 MB', () => {
    const records = Array.from({ length: 20 }, (_, method) =>
      Array.from({ length: 50 }, (_, run) =>
        syntheticRecord({
          optimizer: { kind: 'sgd', learningRate: 10 ** ((run % 5) - 4), eps: method + 1 },
          seed: Math.floor(run / 5),
          floor: 0.3 + 0.01 * method,
        }),
      ),
    ).flat();
    expect(records).toHaveLength(1000);
    expect(reportOf(records).length).toBeLessThan(1.5e6);
    return using(records, async ({ page }) => {
      expect(await page.locator('table.sortable tbody tr').count()).toBe(20);
      await everyFigure(page);
    });
  });

  it('has labels at the ends of lines in a panel of few methods, none over another', () =>
    using(FEW, async ({ page }) => {
      await drawn(page);
      const labels = page.locator('#loss-curves .plot svg .mark-text.role-mark text');
      const names = await labels.allTextContents();
      expect(names).toHaveLength(2 * 5);
      expect(new Set(names)).toEqual(new Set(['rmsprop', 'adagrad', 'adadelta', 'adam', 'adamax']));
      const boxes = await Promise.all((await labels.all()).map((label) => label.boundingBox()));
      const panel = boxes
        .slice(0, 5)
        .map((box) => box!.y)
        .sort((a, b) => a - b);
      for (let i = 1; i < panel.length; i++) expect(panel[i] - panel[i - 1]).toBeGreaterThan(12);
    }));

  it('hides and shows a method with its band and its label, by pointer and by keyboard', () =>
    using(FEW, async ({ page }) => {
      await drawn(page);
      const parts = () =>
        Promise.all([
          lines(page, 'loss-curves'),
          page.locator('#loss-curves .plot svg .mark-area path').count(),
          page.locator('#loss-curves .plot svg .mark-text.role-mark text').count(),
        ]);
      const entry = page.locator('#loss-curves .legend button', { hasText: 'adagrad' });
      expect(await parts()).toEqual([10, 10, 10]);
      await entry.click();
      expect(await entry.getAttribute('aria-pressed')).toBe('false');
      expect(await parts()).toEqual([8, 8, 8]);
      await entry.focus();
      await page.keyboard.press('Enter');
      expect(await entry.getAttribute('aria-pressed')).toBe('true');
      expect(await parts()).toEqual([10, 10, 10]);
      await page.keyboard.press('Space');
      expect(await parts()).toEqual([8, 8, 8]);
      // it stays hidden when the figure is drawn anew
      await page.locator('#loss-curves .controls select').first().selectOption({ label: 'FLOPs' });
      expect(await parts()).toEqual([8, 8, 8]);
    }));

  it('brings the method in focus to the front', () =>
    using(FEW, async ({ page }) => {
      await drawn(page);
      const opacities = () =>
        page
          .locator('#error-curves .plot svg .mark-line path')
          .evaluateAll((paths) => paths.map((path) => Number(path.getAttribute('opacity') ?? 1)));
      expect(new Set(await opacities())).toEqual(new Set([1]));
      await page.locator('#error-curves .legend button', { hasText: 'adamax' }).focus();
      expect((await opacities()).filter((opacity) => opacity === 1)).toHaveLength(2);
      expect((await opacities()).filter((opacity) => opacity === 0.125)).toHaveLength(8);
    }));

  it('switches the axes', () =>
    using(FEW, async ({ page }) => {
      await drawn(page);
      const figure = 'loss-curves';
      const choose = (label: string, option: string) =>
        page.locator(`#${figure}`).getByLabel(label).selectOption({ label: option });
      const title = async () =>
        (await texts(page, figure, '.role-title')).find((text) => text.includes(' by '));
      const places = () => texts(page, figure, '.role-axis');
      expect(await title()).toBe('loss by epoch');
      expect(await places()).toEqual(expect.arrayContaining(['1', '2', '3', '4', '5']));
      await choose('Horizontal axis', 'steps');
      expect(await title()).toBe('loss by step');
      expect(await places()).toEqual(expect.arrayContaining(['0', '200', '400', '600']));
      await choose('Horizontal axis', 'training samples');
      expect(await title()).toBe('loss by training sample');
      expect(await places()).toEqual(expect.arrayContaining(['5k', '10k', '15k', '20k']));
      await choose('Horizontal axis', 'FLOPs');
      expect(await title()).toBe('loss by FLOP');
      expect(await places()).toEqual(expect.arrayContaining(['200M', '400M', '600M']));
      await choose('Horizontal scale', 'logarithmic');
      expect(await places()).toEqual(expect.arrayContaining(['50M', '100M', '200M', '500M']));
      expect(await page.locator(`#${figure} .note`).textContent()).toContain('has no place on it');
      await choose('Vertical scale', 'linear');
      expect(await places()).toEqual(expect.arrayContaining(['0', '0.5', '1', '1.5', '2']));
    }));

  it('shows and hides bands and single seeds', () =>
    using(FEW, async ({ page }) => {
      await drawn(page);
      const areas = page.locator('#error-curves .plot svg .mark-area path');
      await page.locator('#error-curves').getByRole('button', { name: 'Bands' }).click();
      expect(await areas.count()).toBe(0);
      expect(await lines(page, 'error-curves')).toBe(10);
      await page.locator('#error-curves').getByRole('button', { name: 'Every seed' }).click();
      expect(await lines(page, 'error-curves')).toBe(10 + 10 * 3);
      expect(await page.locator('#error-curves .note').textContent()).toBe('Faint lines: every seed.');
    }));

  it('draws in every state that its controls have', () =>
    using(quickstartLike(2), async ({ page }) => {
      await drawn(page);
      for (const figure of ['loss-curves', 'error-curves', 'step-loss']) {
        for (const list of await page.locator(`#${figure} select`).all()) {
          const options = await list.locator('option').count();
          for (let i = options - 1; i >= 0; i--) {
            await list.selectOption({ index: i });
            expect(await lines(page, figure)).toBeGreaterThanOrEqual(7 * 7);
          }
        }
      }
    }));

  it('sorts the table by a column, by keyboard too, and says which way', () =>
    using(quickstartLike(2), async ({ page }) => {
      const column = () => page.locator('table.sortable tbody tr > :first-child').allTextContents();
      const head = page.locator('table.sortable th').first();
      await head.getByRole('button').click();
      expect(await head.getAttribute('aria-sort')).toBe('ascending');
      const ascending = await column();
      expect(ascending).toEqual(['adadelta', 'adagrad', 'adam', 'adamax', 'momentum', 'rmsprop', 'sgd']);
      await page.keyboard.press('Enter');
      expect(await head.getAttribute('aria-sort')).toBe('descending');
      expect(await column()).toEqual(ascending.toReversed());
      expect(await page.locator('table.sortable th[aria-sort]').count()).toBe(1);
    }));

  it('saves SVG, PNG, PDF, CSV and the Vega-Lite spec with its data', () =>
    using(FEW, async ({ page }) => {
      await drawn(page);
      const svg = await saved(page, 'loss-curves', 'svg');
      expect(svg.name).toBe('loss-curves.svg');
      expect(svg.bytes.toString('utf8')).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
      expect(svg.bytes.toString('utf8')).not.toContain('var(');
      const png = await saved(page, 'loss-curves', 'png');
      expect(png.name).toBe('loss-curves.png');
      expect(png.bytes.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
      const pdf = await saved(page, 'loss-curves', 'pdf');
      expect(pdf.name).toBe('figures.pdf');
      expect(new Uint8Array(pdf.bytes)).toEqual(PDF);
      const csv = (await saved(page, 'loss-curves', 'csv')).bytes.toString('utf8').split('\n');
      expect(csv[0]).toContain('epoch,step,samples,flops,median,low,high,seed 0');
      expect(csv.filter((line) => line.startsWith('adam,validation,'))).toHaveLength(21);
      const spec = JSON.parse((await saved(page, 'loss-curves', 'json')).bytes.toString('utf8'));
      expect(spec.$schema).toBe('https://vega.github.io/schema/vega-lite/v6.json');
      expect(spec.data.values.map((row: { method: string }) => row.method)).toHaveLength(10);
      expect(spec.data.values[0].median).toHaveLength(21);
    }));

  it('saves the same CSV as the command line, in six digits', () =>
    using(FEW, async ({ page }) => {
      for (const [i, figure] of figuresOf(groupMethods(FEW)).entries()) {
        // Chromium lets a page save ten files and then asks
        if (i % 5 === 0) await page.reload();
        await drawn(page);
        const { bytes } = await saved(page, figure.id, 'csv');
        const [got, expected] = [bytes.toString('utf8'), figureCsv(figure)].map((text) =>
          text.split('\n').map((line) => line.split(',')),
        );
        const shown = expected.map((line) => line.map(inSixDigits));
        expect(got).toEqual(shown);
      }
    }));

  it('leads to every section and figure', () =>
    using(quickstartLike(2), async ({ page }) => {
      const links = await page
        .locator('nav a, .files a:first-child')
        .evaluateAll((all) => all.map((link) => link.getAttribute('href')!.slice(1)));
      expect(links.length).toBeGreaterThan(2 * 7 + 2);
      for (const id of links) expect(await page.locator(`[id="${id}"]`).count()).toBe(1);
      await page.locator('nav a', { hasText: 'Gradient norm by layer' }).click();
      expect(new URL(page.url()).hash).toBe('#gradient-norms-title');
      await expect.poll(() => page.evaluate('scrollY')).toBeGreaterThan(500);
    }));

  it.each([
    ['light', light],
    ['dark', dark],
  ] as const)('has the colours of the %s scheme', (colorScheme, palette) =>
    using(
      FEW,
      async ({ page }) => {
        await drawn(page);
        const style = (selector: string, property: string) =>
          page
            .locator(selector)
            .first()
            .evaluate((node, name) => getComputedStyle(node).getPropertyValue(name), property);
        expect(await style('body', 'background-color')).toBe(rgb(palette.page));
        const strokes = await page
          .locator('#loss-curves .plot svg .mark-line path')
          .evaluateAll((paths) => paths.map((path) => getComputedStyle(path).stroke));
        expect(new Set(strokes)).toEqual(new Set([rgb(palette.hues[1]), rgb(palette.hues[2])]));
        expect(await style('#loss-curves .plot svg .role-axis-label text', 'fill')).toBe(rgb(palette.muted));
        const { bytes } = await saved(page, 'loss-curves', 'svg');
        expect(bytes.toString('utf8')).toContain(light.hues[1]); // files are light
        expect(bytes.toString('utf8')).not.toContain(dark.hues[1]);
      },
      { colorScheme },
    ),
  );

  it('prints in light colours, with every figure', () =>
    using(
      FEW,
      async ({ page }) => {
        await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
        await page.evaluate("void dispatchEvent(new Event('beforeprint'))");
        expect(await page.locator('.plot:not(:has(svg))').count()).toBe(0);
        expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe(
          rgb(light.page),
        );
        expect(await page.locator('.files').first().isVisible()).toBe(false);
      },
      { colorScheme: 'dark' },
    ));

  it.each([
    ['few methods', FEW],
    ['many methods', quickstartLike(2)],
  ])('fits on a phone: %s', (_what, records) =>
    using(
      records,
      async ({ page }) => {
        await drawn(page);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
        const widths = await page
          .locator('.plot')
          .evaluateAll((plots) => plots.map((plot) => plot.scrollWidth - plot.clientWidth));
        expect(Math.max(...widths)).toBeLessThanOrEqual(0);
      },
      { viewport: { width: 390, height: 844 } },
    ),
  );

  it('can be used by keyboard alone', () =>
    using(FEW, async ({ page }) => {
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content');
      await page.keyboard.press('Enter');
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('content');
      const all = await page.locator('a[href], button, select, summary').count();
      const reached = new Set<string>();
      for (let i = 0; i < all + 20; i++) {
        await page.keyboard.press('Tab');
        const name = await page.evaluate(() => {
          const { activeElement: node } = document;
          return node === null || node === document.body
            ? ''
            : `${node.localName} ${node.className} ${node.getAttribute('data-format')}`;
        });
        reached.add(name.trim());
      }
      for (const name of ['select  null', 'button toggle null', 'button entry null', 'a  svg', 'a  json'])
        expect(reached).toContain(name);
    }));
});
