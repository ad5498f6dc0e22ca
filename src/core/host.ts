import { createHash, hash as hashOnce } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';

// All that a run asks of what it runs in, the finding of downloaded data apart. A browser has src/browser/host.ts in the place of this file.

/** SHA-256 of bytes or UTF-8 text, as 64 hexadecimal digits. */
export function sha256(...parts: readonly (string | NodeJS.ArrayBufferView)[]): string {
  if (parts.length === 1) return hashOnce('sha256', parts[0]); // a third of the time, and nothing for the collector
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** MD5 of bytes, by which the files of old data sets are known. */
export function md5(bytes: Uint8Array): string {
  return hashOnce('md5', bytes);
}

/** Zeroed bytes that worker threads see as well. */
export function sharedBytes(length: number): Uint8Array<SharedArrayBuffer> {
  return new Uint8Array(new SharedArrayBuffer(length));
}

/** The path of a file that comes with thalweg. */
export function pathOf(url: URL): string {
  return fileURLToPath(url);
}

/** @throws if the file cannot be read. */
export function readFile(path: string): Uint8Array {
  return readFileSync(path);
}

/** @throws if the bytes are no gzip file, or of code `ERR_BUFFER_TOO_LARGE` if they hold more than `most` bytes. */
export function gunzip(bytes: Uint8Array, most: number): Uint8Array {
  return gunzipSync(bytes, { maxOutputLength: most });
}

/** Imports a module; anew for every `query`. */
export function importFile(path: string, query: string): Promise<unknown> {
  return import(`${pathToFileURL(path).href}?${query}`);
}
