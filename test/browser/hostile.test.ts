import { expect, it } from 'vitest';
import { sha256 } from '../../src/core/hash.ts';
import { renderReport } from '../../src/report/report.ts';
import { HOSTILE, hostileRecords, syntheticRecord } from '../report/syntheticRecords.ts';
import { drawn, launch, open, saved } from './browser.ts';
import { chromiumPath } from './chromium.ts';

// biome-ignore lint/suspicious/noExplicitAny: the types of a page are those of no other test
type Any = any;
declare const window: Any;

/** Each of them would set a flag if any part of it were run. */
const RUN = [
  '<img src=x onerror=globalThis.wasRun=1>',
  '"><svg onload=globalThis.wasRun=2>',
  "'-(globalThis.wasRun=3)-'",
  '</script><script>globalThis.wasRun=4</script>',
  '$'.concat('{globalThis.wasRun=5}'),
  '\u{1F525}\u202Ename',
  'y'.repeat(200),
  'javascript:globalThis.wasRun=6',
  'var(--page)',
];

it.skipIf(chromiumPath() === null).each([
  ['a panel each', [...RUN, ...HOSTILE.slice(4, 6)]],
  ['in one panel', RUN.slice(0, 5)],
])('runs nothing of a name, wherever it stands: %s', async (_what, names) => {
  const records = names.flatMap((name) =>
    [0, 1].map((seed) =>
      syntheticRecord({
        optimizer: {
          kind: 'module',
          learningRate: 0.1,
          name,
          sha256: sha256(name),
          options: { [name]: name },
        },
        seed,
        slots: [`${name}.weight`],
      }),
    ),
  );
  const experiment = { name: RUN[0], title: RUN[1], question: RUN[3] };
  const report = renderReport({
    experiment,
    records: [...records, ...hostileRecords().slice(0, 3)],
    command: RUN[0],
    again: () => RUN[1],
  });
  const browser = await launch();
  const { page, problems, close } = await open(browser, report);
  try {
    expect(await drawn(page)).toBe(await page.locator('figure').count());
    expect(await page.locator('h1').textContent()).toBe(RUN[1]);
    for (const button of await page.locator('.legend button, .controls button, th button').all())
      await button.click();
    for (const list of await page.locator('.controls select').all()) await list.selectOption({ index: 1 });
    // the pointer over what is drawn: tooltips
    for (const mark of (await page.locator('#final-error .mark-symbol path').all()).slice(0, 3))
      await mark.hover({ force: true });
    const csv = await saved(page, 'final-error', 'csv');
    expect(csv.bytes.toString('utf8')).toContain('onerror');
    await saved(page, 'loss-curves', 'svg');
    expect(await page.evaluate(() => window.wasRun)).toBeUndefined();
    expect(await page.locator('img, main svg svg, .tip *').count()).toBe(0);
    expect(problems).toEqual([]);
  } finally {
    await close();
    await browser.close();
  }
});
