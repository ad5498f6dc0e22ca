// Bundled for a browser (see chromium.ts), where the page calls what it puts there.
import { z } from 'zod';
import { provideFile } from '../../src/browser/host.ts';
import { setNames, statesOf } from '../../src/certify/runStates.ts';

z.config({ jitless: true });

declare const window: Record<string, unknown>;

window.thalwegStates = async (files: Readonly<Record<string, string>>) => {
  for (const [name, base64] of Object.entries(files))
    provideFile(
      name,
      Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)),
    );
  const states = [];
  for (const name of setNames) states.push(await statesOf(name));
  return JSON.stringify(states);
};
