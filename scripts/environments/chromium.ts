import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { chromium as playwright } from 'playwright-core';
import type { RunStates } from '../../src/certify/runStates.ts';
import { chromiumPath } from '../../test/browser/chromium.ts';
import { bundleForBrowser, checkoutSources } from '../build-browser.ts';
import type { Environment } from './environment.ts';

const ENTRY = fileURLToPath(new URL('browserStates.ts', import.meta.url));

/** The engine bundled for browsers, in a page of headless Chromium. */
export const chromium: Environment = {
  name: 'Chromium',
  async run() {
    const executablePath = chromiumPath();
    if (executablePath === null)
      return {
        missing: 'there is no Chromium: apt-get install chromium, or say in CHROMIUM_PATH where it is',
      };
    const script = await bundleForBrowser(ENTRY, checkoutSources);
    const browser = await playwright.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
    try {
      const page = await browser.newPage();
      await page.addScriptTag({ content: script });
      const call = `(files) => window.thalwegStates(files)`;
      const states = await page.evaluate(`(${call})(${JSON.stringify(engineFiles())})`);
      const runs = JSON.parse(states as string) as RunStates[];
      return { what: `Chromium ${browser.version()}`, runs };
    } finally {
      await browser.close();
    }
  },
};

/** What the engine reads: the kernels and the data that come with it, in base64 by their names. */
function engineFiles(): Record<string, string> {
  const { folder } = checkoutSources;
  const assets = join(folder, 'data/assets/fashion-5k');
  const data = readdirSync(assets).filter((name) => name.endsWith('.gz'));
  const read = (path: string) => readFileSync(path);
  return Object.fromEntries([
    ['kernels.wasm', read(join(folder, 'kernels/build/kernels.wasm')).toString('base64')],
    ...data.map((name) => [name, gunzipSync(read(join(assets, name))).toString('base64')]),
  ]);
}
