/**
 * Builds the package for publishing: JavaScript and types in dist/, with the compiled kernels and the committed data
 * beside the modules that read them, and the engine for browsers. A checkout does not need it; it runs the sources.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildBrowser } from './build-browser.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
rmSync(`${root}dist`, { recursive: true, force: true });
execFileSync('npx', ['--no-install', 'tsc', '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
for (const folder of ['kernels/build', 'data/assets']) {
  cpSync(`${root}src/${folder}`, `${root}dist/${folder}`, { recursive: true });
}
await buildBrowser({ folder: `${root}dist`, ending: '.js' });
