import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bench, slowBlas } from '../../src/bench/bench.ts';
import { openTorch } from '../../src/bench/findPeers.ts';
import { PeerError, startPeer } from '../../src/bench/peerProcess.ts';
import { comparePeer, comparisons, type PeerResult, peerResult } from '../../src/bench/peersSuite.ts';
import { benchTask } from '../../src/bench/tasks.ts';

const folder = mkdtempSync(join(tmpdir(), 'thalweg-peers-'));
let files = 0;

/** A peer whose steps are told by `body`, a function of the request. */
function peerScript(
  body: string,
  greeting = '{ peer: "Fake", version: "1.0", variants: ["a", "b"] }',
): string {
  const file = join(folder, `peer${++files}.mjs`);
  writeFileSync(
    file,
    `import { createInterface } from 'node:readline';
const answer = (value) => process.stdout.write(JSON.stringify(value) + '\\n');
answer(${greeting});
for await (const line of createInterface({ input: process.stdin })) { const request = JSON.parse(line); ${body} }`,
  );
  return file;
}

const start = (script: string) => startPeer(process.execPath, [script]);
const TIMES = 'answer({ milliseconds: Array.from({ length: request.steps }, (_, i) => request.batch + i) });';
const request = { task: 'mission', batch: 4, variant: 'a', steps: 3 };

describe('a peer process', () => {
  it('greets, and answers with the times of its steps', async () => {
    const peer = await start(peerScript(TIMES));
    expect(peer.greeting).toEqual({ peer: 'Fake', version: '1.0', variants: ['a', 'b'] });
    expect(await peer.steps(request)).toEqual([4, 5, 6]);
    expect(await peer.steps({ ...request, batch: 7, steps: 1 })).toEqual([7]);
    peer.close();
  });

  it('says what the peer says it cannot do', async () => {
    const peer = await start(peerScript('answer({ error: "unknown task: " + request.task });'));
    await expect(peer.steps(request)).rejects.toThrow(new PeerError('unknown task: mission'));
    peer.close();
  });

  it('says how a peer died, with its last words', async () => {
    const peer = await start(peerScript('console.error("first\\nout of memory"); process.exit(3);'));
    await expect(peer.steps(request)).rejects.toThrow(/ended early \(exit code 3\): out of memory$/);
    await expect(peer.steps(request)).rejects.toThrow(/ended early \(exit code 3\)/);
  });

  it('refuses answers that are none', async () => {
    const peer = await start(
      peerScript('console.log(request.steps > 1 ? "hello" : \'{"milliseconds":[0]}\');'),
    );
    await expect(peer.steps(request)).rejects.toThrow(/answered hello, expected an object in JSON/);
    await expect(peer.steps({ ...request, steps: 1 })).rejects.toThrow(
      /expected the milliseconds of 1 steps/,
    );
    peer.close();
    await expect(start(peerScript('', '{ peer: "Fake" }'))).rejects.toThrow(
      /answered {"peer":"Fake"}, expected peer, version and variants/,
    );
  });

  it('refuses fewer times than it asked for', async () => {
    const peer = await start(peerScript('answer({ milliseconds: [1, 2] });'));
    await expect(peer.steps(request)).rejects.toThrow(/\[1,2\]}, expected the milliseconds of 3 steps/);
    expect(await peer.steps({ ...request, steps: 2 })).toEqual([1, 2]);
    peer.close();
  });

  it('tells which command is not there', async () => {
    await expect(startPeer('no-such-python', [])).rejects.toThrow(
      new PeerError('no-such-python was not found'),
    );
  });
});

describe('the search for PyTorch', () => {
  const without = peerScript('', '{ error: "No module named torch" }');

  it('goes on until a Python has it', async () => {
    const peer = await openTorch(['no-such-python', process.execPath], peerScript(TIMES));
    expect(peer.greeting.peer).toBe('Fake');
    peer.close();
  });

  it('names every Python that was tried, and how to install it', async () => {
    const search = openTorch(['no-such-python', process.execPath], without);
    await expect(search).rejects.toThrow(
      /^no Python with PyTorch: no-such-python was not found; No module named torch; install it with apt-get/,
    );
    await expect(search).rejects.toBeInstanceOf(PeerError);
  });
});

it('warns of a generic BLAS', () => {
  const greeting = { peer: 'PyTorch', version: '1', variants: ['default'] };
  expect(slowBlas({ greeting })).toBeUndefined();
  expect(slowBlas({ greeting: { ...greeting, blasGflops: 20 } })).toBeUndefined();
  expect(slowBlas({ greeting: { ...greeting, blasGflops: 5.64 } })).toMatch(
    /^PyTorch has a slow BLAS: .* 5\.6 GFLOP\/s, expected at least 20; .*libopenblas0-pthread/,
  );
});

it('compares step by step, and calls the faster variant the better', () => {
  const greeting = { peer: 'Fake', version: '1.0', variants: ['a', 'b'] };
  const result = peerResult({ greeting }, benchTask('mission', 32), [8, 8, 16], {
    a: [16, 12, 20],
    b: [10, 12, 9],
  });
  expect(result).toEqual({
    ...{
      task: 'mission',
      batch: 32,
      optimizer: 'adam',
      convolution: 'winograd',
      peer: 'Fake',
      version: '1.0',
    },
    imagesPerSecond: { n: 3, median: 4000, min: 2000, max: 4000 },
    peerImagesPerSecond: {
      a: { n: 3, median: 2000, min: 1600, max: 32_000 / 12 },
      b: { n: 3, median: 3200, min: 32_000 / 12, max: 32_000 / 9 },
    },
    ratios: { a: { ratio: 2, min: 1.25, max: 2 }, b: { ratio: 1.25, min: 9 / 16, max: 1.5 } },
    better: 'b',
  });
});

it('asks for the steps of every variant in every round, after those that warm it up', async () => {
  const log = join(folder, 'log');
  const body = `appendFileSync(${JSON.stringify(log)}, request.variant + request.steps + ' '); ${TIMES}`;
  const peer = await start(peerScript(`const { appendFileSync } = await import('node:fs'); ${body}`));
  const results: PeerResult[] = [];
  const comparison = { tasks: [benchTask('mission', 1)], rounds: 2, warmSteps: 1, mostSteps: 2 };
  await comparePeer(peer, comparison, { seconds: 0.5 }, (result) => results.push(result));
  expect(readFileSync(log, 'utf8')).toBe('a1 b1 a2 b2 a2 b2 ');
  writeFileSync(log, '');
  await comparePeer(peer, { ...comparison, rounds: 1, warmSteps: 0 }, { seconds: 0.5 }, () => {});
  expect(readFileSync(log, 'utf8')).toBe('a2 b2 ');
  peer.close();
  expect(results).toHaveLength(1);
  // its steps took 1 and 2 ms, which is 1.5 in the middle
  expect(results[0].peerImagesPerSecond.b).toEqual({
    n: 2,
    median: 1000 / 1.5,
    min: 1000 / 1.5,
    max: 1000 / 1.5,
  });
});

it('asks TensorFlow.js for one step that warms it up and two that count, for each task', async () => {
  const log = join(folder, 'tfjs');
  const body = `appendFileSync(${JSON.stringify(log)}, request.batch + ':' + request.steps + ' '); ${TIMES}`;
  const greeting = '{ peer: "Fake", version: "1.0", variants: ["cpu"] }';
  const peer = await start(
    peerScript(`const { appendFileSync } = await import('node:fs'); ${body}`, greeting),
  );
  await comparePeer(peer, comparisons().tfjs, { seconds: 0.01 }, () => {});
  expect(readFileSync(log, 'utf8')).toBe('1:1 1:1 1:1 8:1 8:1 8:1 32:1 32:1 32:1 ');
  peer.close();
});

describe('a bench with peers', () => {
  const lines: string[] = [];
  const options = {
    ...{ suites: [], peers: ['torch'] as const, seconds: 0.001, onSuite() {} },
    runInWorkers: async () => {},
    onProgress: (line: string) => void lines.push(line),
  };

  it('goes without one that is not there', async () => {
    const openPeer = async () => Promise.reject(new PeerError('no Python'));
    expect(await bench({ ...options, openPeer })).toMatchObject({
      ...{ missing: ['no Python'], failures: [], report: { peers: [] } },
    });
  });

  it('keeps what was compared before one died, and says so', async () => {
    const script = peerScript(`if (request.batch === 128) process.exit(1); ${TIMES}`);
    const { report, failures } = await bench({ ...options, openPeer: () => start(script) });
    expect(report.peers!.map(({ task, batch }) => `${task} ${batch}`)).toEqual(['mission 32']);
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatch(/ended early \(exit code 1\)/);
    expect(lines).toContain('torch: mission, batch 32 done');
  });
});
