import { existsSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildBrowser, checkoutSources } from '../../scripts/build-browser.ts';
import { experimentFile, runCli, type Started, startCli, workFolder } from './runCli.ts';

let folder: string;
beforeAll(async () => {
  await buildBrowser(checkoutSources);
  folder = workFolder({ 'e.ts': experimentFile('yield { ...task, optimizer: sgd, epochs: 1, seed: 0 };') });
  expect((await runCli(folder, ['run', 'e.ts', '--workers', '0'])).code).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function portOf(serve: Started): Promise<number> {
  for (;;) {
    const port = /^http:\/\/127\.0\.0\.1:(\d+)\/ /.exec(serve.stdout())?.[1];
    if (port !== undefined) return Number(port);
    if (serve.child.exitCode !== null) throw new Error(serve.stderr());
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function ask(
  port: number,
  path: string,
  host = `127.0.0.1:${port}`,
): Promise<{ status?: number; body: string }> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, headers: { host } }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode!, body }));
    }).on('error', reject);
  });
}

const accepts = (host: string, port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect({ host, port, timeout: 5000 });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('connect', () => end(true));
    socket.on('error', () => end(false));
    socket.on('timeout', () => end(false));
  });

it('serves the page to this machine alone, and ends by Ctrl-C', async () => {
  const serve = startCli(folder, ['serve', 'e.ts']);
  const port = await portOf(serve);
  const page = await ask(port, '/');
  expect(page.status).toBe(200);
  expect(page.body).toContain('<h1>A title</h1>');
  expect((await ask(port, '/e.ts')).status).toBe(404);
  expect((await ask(port, '/', 'example.org')).status).toBe(403);
  expect(await accepts('127.0.0.1', port)).toBe(true);
  const others = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  // other addresses of the loopback and of the machine; a server on all addresses answers on every one
  for (const address of [
    '127.0.0.2',
    ...others.filter(({ internal }) => !internal).map(({ address }) => address),
  ])
    expect([address, await accepts(address, port)]).toEqual([address, false]);
  serve.child.kill('SIGINT');
  expect((await serve.end).code).toBe(130);
});

it('exports the same page as a file', async () => {
  const { code, stdout } = await runCli(folder, ['serve', 'e.ts', '--export', 'out/again.html']);
  expect([code, stdout]).toEqual([0, 'page: out/again.html\n']);
  expect(readFileSync(join(folder, 'out/again.html'), 'utf8')).toMatch(/^<!doctype html>[\s\S]*id="engine"/);
});

it.each([
  [['e.ts', '--port', '70000'], /Expected a whole number from 0 to 65535/],
  [['e.ts', '--only', 'seed=7'], /seed/],
  [['e.ts', '--export', '.'], /invalid --export: got \., a folder.*--export page\.html/],
  [['e.ts', '--export', 'new/'], /--export new\/page\.html/],
  [['e.ts', '--export', 'e.ts/page.html'], /cannot write e\.ts\/page\.html: .*another place with --export/],
  [['none.ts'], /none\.ts/],
  [['e.ts', '--store', 'none.sqlite'], /none\.sqlite/],
])('says what is wrong with %j', async (args, message) => {
  const { code, stderr } = await runCli(folder, ['serve', ...args]);
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/^ +at /m);
  expect(existsSync(join(folder, 'none.sqlite'))).toBe(false);
  expect(existsSync(join(folder, 'new'))).toBe(false);
});
