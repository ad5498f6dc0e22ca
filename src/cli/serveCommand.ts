import { statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { rerunPage } from '../browser/page.ts';
import { InvalidInput } from '../core/check.ts';
import { runNames } from '../report/compared.ts';
import { decisionsOf } from '../report/decisions.ts';
import { INTERRUPTED } from './stopOnSignals.ts';
import { withStored } from './storedExperiment.ts';
import { writeWhole } from './writeChunks.ts';

export interface ServeOptions {
  readonly store: string;
  readonly only?: string;
  readonly acceptEngine?: string;
  /** 0: one that is free. */
  readonly port: number;
  /** Write the page there and serve nothing. */
  readonly export?: string;
}

const HOST = '127.0.0.1';

/** `thalweg serve`: the page on which a reader executes stored runs again, for this machine alone or as a file. */
export async function serveCommand(file: string, options: ServeOptions): Promise<void> {
  if (options.export !== undefined) checkExport(options.export);
  const page = await pageOf(file, options);
  if (options.export !== undefined) {
    writeWhole(options.export, [page], '--export');
    console.log(`page: ${options.export}`);
    return;
  }
  const server = createPageServer(page);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(unusablePort(options.port, error)));
    server.listen(options.port, HOST, resolve);
  });
  const { port } = server.address() as AddressInfo;
  console.log(`http://${HOST}:${port}/ shows the runs; Ctrl-C ends it`);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
  server.closeAllConnections();
  server.close();
  process.exitCode = INTERRUPTED;
}

/** Before the page is made. The folders that it lies in are made, as those of --out are by the other commands. */
function checkExport(path: string): void {
  if (!path.endsWith('/') && !statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new InvalidInput(
    `invalid --export: got ${path}, a folder, expected a file; name one in it: --export ${join(path, 'page.html')}`,
  );
}

function pageOf(file: string, options: ServeOptions): Promise<string> {
  return withStored(file, options, (stored, { title, question }) => {
    const nameOf = runNames(stored.specs(), decisionsOf(stored.decisions));
    return rerunPage({
      title,
      question,
      records: stored.ids.map((id) => stored.record(id)),
      nameOf: (record) => nameOf(record) ?? record.spec.optimizer.kind,
    });
  });
}

/**
 * Gives out the one page at `/` and nothing else. A page of another site could reach it by a name of its own that leads to this
 * machine: only requests that name this address are answered.
 */
export function createPageServer(page: string): Server {
  return createServer(({ method, url, headers }, response) => {
    const isHere = /^(127\.0\.0\.1|localhost):\d+$/.test(headers.host ?? '');
    const status = !isHere ? 403 : url !== '/' ? 404 : method !== 'GET' && method !== 'HEAD' ? 405 : 200;
    response.writeHead(status, {
      'Content-Type': status === 200 ? 'text/html; charset=utf-8' : 'text/plain; charset=utf-8',
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
    });
    response.end(method === 'HEAD' ? '' : status === 200 ? page : `${status}\n`);
  });
}

function unusablePort(port: number, error: Error): InvalidInput {
  return new InvalidInput(
    `invalid port: got ${port}, which cannot be used (${error.message}), expected a free one; leave --port out`,
  );
}
