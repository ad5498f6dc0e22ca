import { sha256 as sha256Of } from '@noble/hashes/sha2';
import { InvalidInput } from '../core/check.ts';

// What src/core/host.ts is to Node: it takes its place in what is built for browsers (scripts/build-browser.ts).

const files = new Map<string, Uint8Array>();

/** Gives the engine a file that comes with thalweg, decompressed, by its name without folders. */
export function provideFile(name: string, bytes: Uint8Array): void {
  files.set(name, bytes);
}

export function sha256(...parts: readonly (string | NodeJS.ArrayBufferView)[]): string {
  const hash = sha256Of.create();
  for (const part of parts) hash.update(bytesOf(part));
  return Array.from(hash.digest(), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Not shared: a page would have to be isolated from other origins for that, and one worker has them to itself. */
export function sharedBytes(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(length);
}

export function md5(_bytes: Uint8Array): never {
  throw notHere('MD5');
}

export function pathOf(url: URL): string {
  return url.pathname;
}

export function readFile(path: string): Uint8Array {
  const bytes = files.get(path.slice(path.lastIndexOf('/') + 1));
  if (bytes === undefined) throw notHere(`the file ${path}`);
  return bytes;
}

export function gunzip(_bytes: Uint8Array, _most: number): never {
  throw notHere('gzip');
}

export function importFile(path: string, _query: string): never {
  throw notHere(`the module ${path}`);
}

function bytesOf(part: string | NodeJS.ArrayBufferView): Uint8Array {
  return typeof part === 'string'
    ? new TextEncoder().encode(part)
    : new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
}

function notHere(what: string): InvalidInput {
  return new InvalidInput(
    `invalid in a browser: got ${what}, expected what the page holds; run it with thalweg run`,
  );
}
