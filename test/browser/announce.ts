import { chromiumPath } from './chromium.ts';

/** Before all tests, once: whether the ones that need a browser can run. */
export default function announce(): void {
  if (chromiumPath() !== null) return;
  const message =
    'No Chromium was found: the tests in test/browser are skipped. Install it (apt-get install chromium), or say in CHROMIUM_PATH where it is.';
  if (process.env.CI === 'true') throw new Error(message);
  console.log(message);
}
