import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { chromiumPath } from './chromium.ts';

const FLAGS = [
  'no-sandbox',
  'disable-gpu',
  'disable-quic',
  'no-first-run',
  'disable-background-networking',
  'disable-component-update',
  'disable-sync',
].map((name) => `--${name}`);

/** A report in the browser, and everything that it should not have done. */
export interface Opened {
  readonly page: Page;
  /** Messages on the console, errors of scripts, violations of the policy, requests other than for the file. */
  readonly problems: string[];
  close(): Promise<void>;
}

export function launch(): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === null) throw new Error('no Chromium');
  return chromium.launch({ executablePath, args: FLAGS });
}

/** Opens a report from a file, as a reader does. */
export async function open(
  browser: Browser,
  report: string,
  options: BrowserContextOptions = {},
): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), 'thalweg-page-'));
  const file = join(folder, 'report.html');
  writeFileSync(file, report);
  const address = pathToFileURL(file).href;
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    acceptDownloads: true,
    ...options,
  });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('console', (message) => problems.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const url = request.url();
    if (url !== address && !url.startsWith(`blob:`)) problems.push(`request: ${url}`);
  });
  await page.addInitScript(
    "document.addEventListener('securitypolicyviolation', (event) => console.error('policy: ' + event.violatedDirective + ' ' + event.blockedURI))",
  );
  await page.goto(address);
  const close = async () => {
    await context.close();
    rmSync(folder, { recursive: true });
  };
  return { page, problems, close };
}

/** Waits until every figure is drawn and gives how many there are. */
export async function drawn(page: Page): Promise<number> {
  await expect.poll(() => page.locator('.plot:not([data-drawn])').count(), { timeout: 30_000 }).toBe(0);
  return page.locator('.plot svg').count();
}

/** What the link of a figure saves. */
export async function saved(
  page: Page,
  figure: string,
  format: string,
): Promise<{ name: string; bytes: Buffer }> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.locator(`#${figure} [data-format=${format}]`).click(),
  ]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}
