import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/store.ts';
import { experimentFile, runCli, workFolder } from './runCli.ts';

let folder: string;
let ids: string[];
const thalweg = (...args: string[]) => runCli(folder, args);

function stepsKept(file: string): number[] {
  const store = openStore(join(folder, file), { write: false });
  const steps = store.checkpoints().map(({ step }) => step);
  store.close();
  return steps.toSorted((a, b) => a - b);
}

/** Runs of 200 steps. */
beforeAll(async () => {
  folder = workFolder({
    'two.ts': experimentFile(
      `for (const kind of ['sgd', 'adam']) yield { ...task, optimizer: { kind, learningRate: 0.01 }, epochs: 20, seed: 0 };`,
    ),
  });
  const { code } = await thalweg('run', 'two.ts', '--workers', '2', '--keep-checkpoints', '40');
  expect(code).toBe(0);
  expect((await thalweg('run', 'two.ts', '--store', 'plain.sqlite', '--workers', '0')).code).toBe(0);
  const listed = await thalweg('store', 'list', '--json');
  ids = listed.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).id);
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('thalweg run keeps the checkpoints of finished runs that it is asked for', () => {
  expect(stepsKept('results/store.sqlite')).toEqual([40, 80, 120, 160, 200].flatMap((step) => [step, step]));
  expect(stepsKept('plain.sqlite')).toEqual([]);
});

describe('thalweg replay', () => {
  it('prints the same values from the nearest checkpoint as from the start, with the proof', async () => {
    const args = [
      'replay',
      'two.ts',
      '--only',
      'optimizer=adam',
      '--steps',
      '137..139',
      '--probe',
      'update,deadUnits:every=2',
    ];
    const near = await thalweg(...args);
    const far = await thalweg(...args, '--store', 'plain.sqlite');
    const [head, ...rows] = near.stdout.trim().split('\n');
    const proof = rows.pop();
    expect(head).toMatch(/^step +loss +learningRate +.*deadUnits\/relu1$/);
    expect(rows.map((row) => row.slice(0, 3))).toEqual(['137', '138', '139']);
    expect(far.stdout.split('\n').slice(0, 4)).toEqual([head, ...rows]);
    expect(proof).toMatch(
      /^run r\w{11}, steps 121 to \d+ of 200 made again from the checkpoint after step 120: (all \d+ links are those|its link is that) of the record, so looking changed nothing$/,
    );
    expect(far.stdout).toMatch(
      /\nrun r\w{11}, steps 1 to \d+ of 200 made again from the start: all \d+ links/,
    );
    expect([near.code, far.code]).toEqual([0, 0]);
  });

  it('prints CSV and JSON of one run by the beginning of its id, and of an exported file', async () => {
    const csv = await thalweg('replay', ids[0].slice(0, 9), '--steps', '200', '--csv');
    expect(csv.stdout).toMatch(/^step,loss,learningRate\n200,[\d.e-]+,0\.01\n$/);
    expect(csv.stderr).toContain('so looking changed nothing');
    await thalweg('export', 'two.ts', '--only', 'optimizer=sgd', '--format', 'jsonl', '--out', 'one.jsonl');
    const json = JSON.parse((await thalweg('replay', 'one.jsonl', '--steps', '7', '--json')).stdout);
    expect(json).toMatchObject({
      channels: ['loss', 'learningRate'],
      start: 0,
      difference: null,
      proof: 'chain',
    });
    expect(json.steps).toEqual([{ step: 7, values: [expect.any(Number), 0.01] }]);
  });

  it.each([
    [
      ['two.ts', '--steps', '1'],
      /^thalweg: ambiguous run: two.ts in results\/store.sqlite has 2 runs of these/,
    ],
    [
      ['two.ts', '--only', 'optimizer=sgd', '--steps', '201'],
      /^thalweg: invalid --steps: got 201, expected steps from 1 to the 200/,
    ],
    [['two.ts', '--steps', '5..3'], /^thalweg: invalid --steps: got 5..3/],
    [['two.ts', '--steps', '1', '--probe', 'gradNorm'], /^thalweg: unknown probe: gradNorm, known: /],
    [['two.ts', '--steps', '1', '--probe', 'update:every'], /^thalweg: invalid --probe: got update:every/],
    [
      ['two.ts', '--only', 'optimizer=sgd', '--steps', '1', '--probe', 'update:each=2'],
      /^thalweg: invalid spec.probes\[0\]: unknown option: each/,
    ],
    [['two.ts'], /required option '--steps <range>' not specified/],
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await thalweg('replay', ...args);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^ {4}at /m);
    expect([code, stdout]).toEqual([2, '']);
  });
});
