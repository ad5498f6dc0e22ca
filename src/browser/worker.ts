import { z } from 'zod';
import { parseCanonicalJson } from '../core/json.ts';
import { provideFile } from './host.ts';
import { type Recorded, rerun, type Verdict } from './rerun.ts';

/** What the page posts: a record as canonical JSON (see rerun.ts), and the files that its run needs, gzipped or not, by name. */
export interface Order {
  readonly record: string;
  readonly files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>;
}

/** What the worker posts: how far it is, at most ten times a second, and in the end how it came out. */
export type News = { readonly step: number } | { readonly verdict: Verdict } | { readonly failed: string };

/** The part of a worker's global scope that is used: the types of Node have another one. */
declare const self: {
  onmessage: (event: { readonly data: Order }) => void;
  postMessage(news: News): void;
};

z.config({ jitless: true }); // it would try to compile its checks, which the page's policy forbids

self.onmessage = ({ data }) => {
  run(data).then(
    (verdict) => self.postMessage({ verdict }),
    (error: unknown) => self.postMessage({ failed: error instanceof Error ? error.message : String(error) }),
  );
};

async function run({ record, files }: Order): Promise<Verdict> {
  for (const [name, bytes] of Object.entries(files)) provideFile(name, await decompressed(bytes));
  let told = Number.NEGATIVE_INFINITY;
  return rerun(parseCanonicalJson(record) as unknown as Recorded, (step) => {
    const now = performance.now();
    if (now - told < 100) return;
    told = now;
    self.postMessage({ step });
  });
}

async function decompressed(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
