import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ReportOptions, reportCommand } from '../../src/cli/reportCommand.ts';
import { engineDigest } from '../../src/run/engineDigest.ts';
import { runId } from '../../src/run/record.ts';
import { parseSpec } from '../../src/run/spec.ts';
import { encodeRecord } from '../../src/store/encodeRecord.ts';
import { openStore } from '../../src/store/store.ts';
import { syntheticRecord } from '../report/syntheticRecords.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'thalweg-report-'));
  const store = openStore(join(folder, 'store.sqlite'), { write: true });
  const inputs = [0.1, 1].map((learningRate) => ({
    data: { kind: 'synthGlyphs' },
    model: { kind: 'mlp' },
    optimizer: { kind: 'sgd', learningRate },
    epochs: 1,
    seed: 0,
  }));
  const records = inputs.map((input) => {
    const spec = parseSpec(input);
    return {
      ...syntheticRecord({ optimizer: input.optimizer }),
      id: runId(spec),
      spec,
      engine: engineDigest(),
    };
  });
  store.putAll(records.map(encodeRecord));
  store.close();
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(inputs));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs the command and gives the lines that it prints. */
async function report(options: Partial<ReportOptions>): Promise<string[]> {
  const print = vi.spyOn(console, 'log').mockImplementation(() => {});
  const places = { store: join(folder, 'store.sqlite'), out: join(folder, 'out') };
  await reportCommand(join(folder, 'plan.json'), {
    ...places,
    format: 'html,csv',
    width: 'page',
    ...options,
  });
  return print.mock.calls.flat().join('\n').split('\n');
}
const read = (...path: string[]) => readFileSync(join(folder, 'out', ...path));

describe('report --format', () => {
  it('writes each figure in each format with its data and its spec, and the tables', async () => {
    const lines = await report({ format: 'svg, png,pdf,md,tex', width: 'column' });
    expect(lines.slice(-3)).toEqual([
      `summary: ${join(folder, 'out', 'summary.md')}`,
      `summary: ${join(folder, 'out', 'summary.tex')}`,
      `figures: ${join(folder, 'out', 'figures')}`,
    ]);
    const tables = ['learning-rate.md', 'learning-rate.tex'];
    expect(lines).toEqual(
      expect.arrayContaining(tables.map((table) => `table:  ${join(folder, 'out', table)}`)),
    );
    expect(readdirSync(join(folder, 'out')).sort()).toEqual(
      ['figures', 'summary.md', 'summary.tex', ...tables].sort(),
    );
    expect(read('learning-rate.md').toString()).toMatch(/^\| Method \| Rates \| S \| Basin \|/);
    const files = readdirSync(join(folder, 'out', 'figures'));
    const ids = [...new Set(files.map((file) => file.split('.')[0]))];
    expect(ids).toContain('learning-rate');
    expect(files.sort()).toEqual(
      ids.flatMap((id) => ['csv', 'pdf', 'png', 'svg', 'vl.json'].map((end) => `${id}.${end}`)).sort(),
    );
    expect(read('figures', 'learning-rate.svg').toString()).toMatch(/^<svg [^>]* width="317.48"/);
    // four times as many pixels as the figure has
    expect(read('figures', 'learning-rate.png').readUInt32BE(16)).toBe(Math.ceil(4 * 317.48));
    expect(read('figures', 'learning-rate.pdf').toString('latin1')).toMatch(/^%PDF-1\.7\n/);
    expect(read('summary.md').toString()).toMatch(/^\| Method \|/);
  });

  it('of the page and the runs writes these alone', async () => {
    await report({});
    expect(readdirSync(join(folder, 'out')).sort()).toEqual(['report.html', 'runs.csv', 'summary.csv']);
  });

  it('refuses a format or a width that it does not know, before it reads or writes', async () => {
    await expect(report({ format: 'html,jpg' })).rejects.toThrow(
      'unknown report format: jpg, known: html, csv, svg, png, pdf, md, tex',
    );
    await expect(report({ format: 'svg', width: 'colum' })).rejects.toThrow(
      'unknown width of figures: colum, known: page, column, twoColumns; did you mean column?',
    );
    expect(readdirSync(folder)).not.toContain('out');
  });
});
