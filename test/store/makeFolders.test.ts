import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeFolders } from '../../src/store/makeFolders.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'thalweg-folders-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('makes what is not there, and nothing twice', () => {
  const path = join(folder, 'a', 'b', 'c');
  makeFolders(path);
  makeFolders(path);
  expect(statSync(path).isDirectory()).toBe(true);
});

it('throws where a file is in the way', () => {
  writeFileSync(join(folder, 'file'), '');
  for (const path of ['file', 'file/inside', 'file/far/inside'])
    expect(() => makeFolders(join(folder, path))).toThrow(/E(EXIST|NOTDIR)/);
});
