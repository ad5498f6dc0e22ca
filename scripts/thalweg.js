#!/usr/bin/env node
// Plain JavaScript without anything recent: an old Node must get as far as the message below.
import { existsSync } from 'node:fs';
import module from 'node:module';
import { setFlagsFromString } from 'node:v8';

const NEEDED = 24;

// node:sqlite tells every user that it is experimental; any other warning is shown
const emitWarning = process.emitWarning;
process.emitWarning = (warning, ...rest) => {
  if (!String(warning).startsWith('SQLite is an experimental feature'))
    emitWarning.call(process, warning, ...rest);
};

if (Number(process.versions.node.split('.')[0]) < NEEDED) {
  console.error(
    `thalweg needs Node ${NEEDED} or later, this is ${process.versions.node} (${process.execPath}).
In a checkout, npm ci installs the right one: start with npx thalweg or npm start. Elsewhere: https://nodejs.org`,
  );
  process.exitCode = 2;
} else {
  // 100,000 specs and records are made and dropped, several times: V8 would answer with a young generation that grows, with hundreds of
  // MB of what survives there by chance, and collect the old one when it has three times of what is alive. As small as at the start and at
  // half as much again it takes no longer and stays below 200 MB.
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=50');
  // compiled code is kept for the next start (in the system's temporary folder), here and in the worker threads
  module.enableCompileCache();
  process.env.NODE_COMPILE_CACHE = process.env.NODE_COMPILE_CACHE || module.getCompileCacheDir();
  // a checkout runs its sources, an install what was built of them
  const source = new URL('../src/cli/main.ts', import.meta.url);
  import((existsSync(source) ? source : new URL('../dist/cli/main.js', import.meta.url)).href);
}
