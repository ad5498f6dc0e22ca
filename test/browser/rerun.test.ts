import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildBrowser, checkoutSources } from '../../scripts/build-browser.ts';
import { obstacleOf, rerunPage } from '../../src/browser/page.ts';
import { sha256 } from '../../src/core/hash.ts';
import type { RunRecord } from '../../src/run/record.ts';
import type { RunSpecInput } from '../../src/run/spec.ts';
import { HOSTILE, syntheticRecord } from '../report/syntheticRecords.ts';
import { run, tiny } from '../run/resumedRuns.ts';
import { launch, type Opened, open } from './browser.ts';
import { chromiumPath } from './chromium.ts';

// biome-ignore lint/suspicious/noExplicitAny: the types of a page are those of no other test
type Any = any;
declare const window: Any;
declare const document: Any;

const recordOf = async (spec: RunSpecInput): Promise<RunRecord> => ({
  ...(await run(spec)),
  environment: null,
});

function pageOf(
  records: readonly RunRecord[],
  nameOf = (record: RunRecord) => record.spec.optimizer.kind,
): string {
  return rerunPage({ title: 'Again', question: 'The same?', records, nameOf });
}

/** The record with another digit in the digest of the state at the link. */
function forged(record: RunRecord, link: number): RunRecord {
  const chain = record.chain!;
  const at = 8 * link + 3;
  const digit = chain.digests[at] === '0' ? '1' : '0';
  return {
    ...record,
    chain: { ...chain, digests: chain.digests.slice(0, at) + digit + chain.digests.slice(at + 1) },
  };
}

describe.skipIf(chromiumPath() === null)('the page that runs again', { timeout: 120_000 }, () => {
  let browser: Browser;
  let adam: RunRecord;
  beforeAll(async () => {
    await buildBrowser(checkoutSources); // of the sources as they are
    browser = await launch();
    adam = await recordOf(tiny);
  });
  afterAll(async () => {
    await browser?.close();
  });

  async function using(
    page: string,
    test: (opened: Opened) => Promise<void>,
    options: Parameters<typeof open>[2] = {},
  ): Promise<void> {
    const opened = await open(browser, page, options);
    try {
      await test(opened);
      expect(opened.problems).toEqual([]);
    } finally {
      await opened.close();
    }
  }

  async function verdicts({ page }: Opened): Promise<string[]> {
    const undecided = page.locator('tr[data-run]:not([data-state=same]):not([data-state=different])');
    await expect.poll(() => undecided.count(), { timeout: 60_000 }).toBe(0);
    return page.locator('.verdict').allTextContents();
  }

  const identical = ({ steps, chain }: RunRecord) =>
    `identical to the record: ${steps} ${steps === 1 ? 'step' : 'steps'}, last link ${chain?.last.slice(0, 16)}…`;

  it('says identical of records made in Node: an image run, a problem, a diverged one and the committed images', async () => {
    const point = await recordOf({
      data: { kind: 'rosenbrock' },
      model: { kind: 'point' },
      optimizer: { kind: 'lbfgs', learningRate: 1 },
      batchSize: 1,
      epochs: 2,
      seed: 0,
    });
    const diverged = await recordOf({ ...tiny, optimizer: { kind: 'sgd', learningRate: 1e9 } });
    expect(diverged.outcome.kind).toBe('diverged');
    const fashion = await recordOf({
      ...tiny,
      data: { kind: 'fashion5k' },
      model: { kind: 'mlp', hidden: [8], activation: { kind: 'gelu' } },
      batchSize: 500,
      epochs: 1,
    });
    const records = [adam, point, diverged, fashion];
    await using(pageOf(records), async (opened) => {
      await opened.page.locator('#all').click();
      expect(await verdicts(opened)).toEqual(records.map(identical));
    });
  });

  it('names the first link that differs of a record in which one digit was changed, and what differs behind the links', async () => {
    const chain = adam.chain!;
    expect(chain.digests).toHaveLength(2 * 8);
    const digest = sha256('another');
    const records = [forged(adam, 1), { ...adam, digest }, { ...adam, id: `r${digest}` }];
    await using(pageOf(records), async (opened) => {
      for (const button of await opened.page.locator('td button').all()) await button.click();
      const [link, state, id] = await verdicts(opened);
      const at = (of: RunRecord) => of.chain?.digests.slice(8);
      expect(link).toBe(
        `differs: the first link that differs is that of step ${chain.every}, ${at(adam)} here and ${at(records[0])} in the record`,
      );
      expect(state).toBe(`differs: the digest of the last state is ${adam.digest}, expected ${digest}`);
      expect(id).toContain(`differs: the id of the run is ${adam.id}`);
    });
  });

  it('stops a run, and one that waits', async () => {
    const long = {
      ...adam,
      spec: { ...adam.spec, epochs: 100_000 },
      chain: { ...adam.chain!, every: 1 << 30 },
    };
    await using(pageOf([long, adam]), async (opened) => {
      const [first, second] = await opened.page.locator('td button').all();
      await first.click();
      await second.click();
      await expect.poll(() => opened.page.locator('.verdict').first().textContent()).toMatch(/^step \d+ of/);
      expect(await opened.page.locator('.verdict').last().textContent()).toBe(
        'waiting for the run before it',
      );
      await first.click();
      expect(await opened.page.locator('.verdict').first().textContent()).toBe('stopped');
      await expect.poll(() => opened.page.locator('.verdict').last().textContent()).toBe(identical(adam));
    });
  });

  it('says of what cannot run here why, and offers no button', async () => {
    const downloaded = { ...adam, spec: { ...adam.spec, data: { kind: 'mnist' } } } as unknown as RunRecord;
    const failed: RunRecord = { ...adam, outcome: { kind: 'failed', message: 'x' }, chain: null };
    const own = syntheticRecord({
      optimizer: { kind: 'module', learningRate: 0.1, name: 'x', sha256: sha256('x'), options: {} },
    });
    const records = [downloaded, failed, { ...own, chain: adam.chain }];
    await using(pageOf(records), async ({ page }) => {
      expect(await page.locator('button').count()).toBe(0);
      expect(await page.locator('.verdict').allTextContents()).toEqual(
        records.map((record) => `not here: ${obstacleOf(record)}`),
      );
    });
    expect(records.map(obstacleOf).join()).toMatch(/mnist is downloaded.*the run failed.*user’s optimizer/);
  });

  it('runs nothing of a name', async () => {
    const names = [
      '<img src=x onerror=window.wasRun=1>',
      '</script><script>window.wasRun=2</script>',
      ...HOSTILE,
    ];
    const page = rerunPage({
      title: names[0],
      question: names[1],
      records: names.map(() => adam),
      nameOf: () => names[nameAt++ % names.length],
    });
    await using(page, async (opened) => {
      await opened.page.locator('td button').first().click();
      await expect.poll(() => opened.page.locator('.verdict').first().textContent()).toBe(identical(adam));
      expect(await opened.page.evaluate(() => window.wasRun)).toBeUndefined();
      expect(await opened.page.locator('img').count()).toBe(0);
      expect(await opened.page.locator('h1').textContent()).toBe(names[0]);
    });
  });
  let nameAt = 0;

  it.each(['light', 'dark'] as const)('fits on a phone, %s', (colorScheme) =>
    using(
      pageOf([adam, forged(adam, 1)]),
      async (opened) => {
        await opened.page.locator('#all').click();
        await verdicts(opened);
        expect(await opened.page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
      },
      { viewport: { width: 390, height: 844 }, colorScheme },
    ),
  );
});

it('says of a record that it is of another engine', async () => {
  await buildBrowser(checkoutSources);
  const record = await recordOf(tiny);
  const warning = 'of another engine than this page has';
  expect(pageOf([record])).not.toContain(warning);
  const page = pageOf([record, { ...record, engine: 'ab'.repeat(32) }]);
  expect(page).toContain(`1 record ${warning}`);
  expect(page).toContain(', of the engine abababababab</td>');
});
