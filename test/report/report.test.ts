import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/core/hash.ts';
import { escapeHtml, html } from '../../src/report/html.ts';
import { type ReportInput, renderReport } from '../../src/report/report.ts';
import type { RunRecord } from '../../src/run/record.ts';
import {
  HOSTILE,
  hostileRecords,
  quickstartLike,
  recordWithLosses,
  syntheticRecord,
} from './syntheticRecords.ts';

function input(records: ReportInput['records'], more: Partial<ReportInput> = {}): ReportInput {
  const experiment = { name: 'quickstart', title: 'Seven optimizers', question: 'Which is best?' };
  return { experiment, records, command: 'npx thalweg run experiments/quickstart.ts', ...more };
}

/** Everything but the scripts: what a reader without scripts would get. */
function textOf(page: string): string {
  return page.replace(/<script[\s\S]*?<\/script>/g, '').replace(/<style>[\s\S]*?<\/style>/, '');
}

function dataBlocks(page: string): Map<string, unknown> {
  const blocks = page.matchAll(/<script type="application\/json" id="([^"]+)">([\s\S]*?)<\/script>/g);
  return new Map(Array.from(blocks, ([, id, json]) => [id, JSON.parse(json)]));
}

describe('renderReport', () => {
  const records = quickstartLike(2);
  const page = renderReport(input(records));
  const text = textOf(page);

  it('gives the same bytes for the same records', () => {
    expect(sha256(renderReport(input(quickstartLike(2))))).toBe(sha256(page));
  });

  it('is smaller than 1.5 MB', () => {
    expect(page.length).toBeLessThan(1.5e6);
  });

  it('allows nothing but its own scripts, and loads nothing', () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/
      .exec(page)![1]
      .replaceAll('&#39;', "'");
    expect(policy).toMatch(/^default-src 'none'; script-src 'sha256-/);
    expect(policy).not.toMatch(/unsafe-eval|https?:|(script|style)-src [^;]*unsafe/);
    const scripts = Array.from(page.matchAll(/<script>([\s\S]*?)<\/script>/g), ([, script]) => script);
    expect(scripts).toHaveLength(3);
    for (const script of scripts) {
      expect(policy).toContain(`'sha256-${Buffer.from(sha256(script), 'hex').toString('base64')}'`);
    }
    expect(text).not.toMatch(/<(link|iframe|object|embed|img|base|form)\b/);
    expect(text).not.toMatch(/\b(src|srcset|action|data|poster)\s*=/);
    expect(text).not.toMatch(/\bhref="(?!#|data:text\/csv;)/);
    expect(/<style>([\s\S]*?)<\/style>/.exec(page)![1]).not.toMatch(/@import|url\(/);
  });

  it('has every figure with its caption and its compiled Vega spec', () => {
    const ids = Array.from(text.matchAll(/<figure id="([^"]+)">/g), ([, id]) => id);
    expect(ids).toEqual([
      ...['loss-curves', 'error-curves', 'learning-rate', 'final-error', 'pairwise'],
      ...[
        'time-to-target',
        'target-ladder',
        'step-loss',
        'step-gradNorm',
        'gradient-norms',
        'diverged-share',
      ],
    ]);
    expect(text.match(/<figcaption>[^<]{60,}<\/figcaption>/g)).toHaveLength(ids.length);
    const blocks = dataBlocks(page);
    for (const id of ids) {
      expect(blocks.get(`spec-${id}`)).toMatchObject({
        $schema: expect.stringContaining('/vega/v6'),
        usermeta: { layout: {} },
      });
    }
  });

  it('has for every figure a text, an address and its files, and a list of all sections', () => {
    const plots = Array.from(
      text.matchAll(/<div class="plot" role="img" aria-label="([^"]+)"/g),
      ([, alt]) => alt,
    );
    expect(plots).toHaveLength(11);
    expect(plots[0]).toMatch(/^Loss\. Loss on the training and the validation data/);
    expect(text.match(/data-format="(svg|png|csv|json)"/g)).toHaveLength(4 * 11);
    expect(text).not.toContain('data-format="pdf"');
    const heads = Array.from(text.matchAll(/<h2 id="([^"]+)"/g), ([, id]) => id);
    const nav = /<nav aria-label="Contents">([\s\S]*?)<\/nav>/.exec(text)![1];
    expect(Array.from(nav.matchAll(/href="#([^"]+)"/g), ([, id]) => id)).toEqual(heads);
    expect(text.indexOf('<nav')).toBeGreaterThan(text.indexOf('</header>'));
  });

  it('has the PDF of all figures, which is left out of a page that would be too large', () => {
    const of = (size: number) => renderReport(input(records, { pdfOf: () => new Uint8Array(size) }));
    expect(of(300)).toContain(`id="figures-pdf">${'A'.repeat(400)}</script>`);
    expect(textOf(of(300))).toContain(
      'data-format="pdf" aria-label="PDF (page 1): Loss in the PDF of all figures"',
    );
    expect(of(300)).not.toContain('is left out');
    expect(of(1_000_000)).not.toContain('id="figures-pdf"');
    expect(of(1_000_000).length).toBeLessThan(1.5e6);
    expect(textOf(of(1_000_000))).toContain('The PDF of all figures is left out to keep this page small');
  });

  it('holds the Vega-Lite specs without the data that the compiled ones have', () => {
    const blocks = dataBlocks(page);
    const lite = blocks.get('lite-loss-curves') as { data: unknown; $schema: string };
    expect(lite.$schema).toBe('https://vega.github.io/schema/vega-lite/v6.json');
    expect(lite.data).toEqual({ name: 'curves', values: null });
  });

  it('has the summary, the flag of an edge and the diverged runs with step and reason', () => {
    expect(text).toContain(
      '<th scope="row" data-sort="adam">adam</th><td data-sort="0.001">0.001<small>3 tried</small></td>',
    );
    expect(text).toContain('<td data-sort="10">10<small class="flag">highest of 3</small></td>');
    expect(text).toContain('Best learning rate at the edge of its grid: adadelta (10, the highest).');
    expect(text).toContain(
      '<td>1</td><td>0–1<small>2 runs</small></td><td>37–78</td><td class="text wrap">the training loss is NaN</td>',
    );
    expect(text).toContain(
      '<td>0.01</td><td>1</td><td>78</td><td class="text wrap">the training loss is NaN</td>',
    );
    expect(text.match(/the training loss is NaN/g)).toHaveLength(2);
    expect(text).toContain('<b>3</b> diverged');
  });

  it('has a table that sorts by keyboard and says how', () => {
    expect(text.match(/<th scope="col"[^>]*><button type="button">/g)).toHaveLength(9);
    expect(text).toContain(
      '<th scope="col" aria-sort="ascending"><button type="button">Final validation error</button></th>',
    );
  });

  it('has what is needed to get the same numbers again', () => {
    for (const fact of [
      sha256('engine'),
      sha256('data'),
      '24.21.0',
      'Imaginary CPU @ 3.00GHz, linux x64',
      '421642',
      '2 min 59 s',
    ]) {
      expect(text).toContain(fact);
    }
    expect(text).toContain('<code>npx thalweg run experiments/quickstart.ts</code>');
    expect(text.match(/<details>/g)).toHaveLength(7 + 1);
    expect(text).toContain('&quot;kind&quot;: &quot;missionCnn&quot;');
    expect(text).toContain('Learning rates 1e-4, 0.001, 0.01; seeds 0, 1.');
  });

  it('says that runs are missing', () => {
    expect(text).not.toContain('Not finished');
    const planned = records.map((record) => record.spec);
    expect(textOf(renderReport(input(records.slice(8), { planned })))).toContain(
      'Not finished: 8 runs of 42 are missing',
    );
  });

  it('names what the seeds do not tell from the best, and compares no errors on different data', () => {
    const run = (kind: string, seed: number, loss: number, spec = {}) =>
      recordWithLosses([3, loss], { optimizer: { kind, learningRate: 0.1 }, seed, spec });
    const runs = [
      ...[run('adam', 0, 1), run('adam', 1, 1.4)],
      ...[run('sgd', 0, 1.3), run('sgd', 1, 2)],
      ...[run('lion', 0, 1.5), run('lion', 1, 2)],
    ];
    const report = textOf(renderReport(input(runs)));
    expect(report).toContain('The lowest final validation error: <b>adam</b>');
    expect(report).toContain('Within the range of its seeds: sgd.');
    expect(textOf(renderReport(input(runs.filter((_, i) => i !== 2))))).toContain(
      'No other method has a seed within the range of its seeds.',
    );
    const elsewhere = run('sgd', 0, 1, { data: { kind: 'cifar10' } });
    const mixed = textOf(renderReport(input([...runs, elsewhere])));
    expect(mixed).not.toContain('The lowest final validation error');
    expect(mixed).toContain('The methods ran on 2 different data sets');
  });

  it('has one line for failures that are equal', () => {
    const runs = [0, 1, 2, 3].map((seed) =>
      syntheticRecord({
        optimizer: { kind: 'sgd', learningRate: 0.1 },
        seed,
        outcome: { kind: 'failed', message: 'it threw' },
      }),
    );
    const report = textOf(renderReport(input(runs)));
    expect(report.match(/failed: it threw/g)).toHaveLength(1);
    expect(report).toContain(
      '<td>0–3<small>4 runs</small></td><td>–</td><td class="text wrap">failed: it threw</td>',
    );
  });

  it('says of failed and lost runs how to see them again, and counts them', () => {
    const ended = (kind: 'failed' | 'lost', seed: number) =>
      syntheticRecord({
        optimizer: { kind: 'sgd', learningRate: 0.1 },
        seed,
        outcome: { kind, message: 'it ended' },
      });
    const runs = [ended('failed', 0), ended('lost', 1), ended('lost', 2)];
    const again = ({ id }: RunRecord) => `again ${id.slice(0, 12)}`;
    const report = textOf(renderReport(input(runs, { again })));
    const ids = runs.map(({ id }) => id.slice(0, 12));
    expect(report).toContain('<h2 id="endings-title">Failed and lost runs</h2>');
    expect(report).toContain(`failed: it ended<small><code>again ${ids[0]}</code></small>`);
    expect(report).toContain(`lost: it ended<small><code>again ${ids[1]}</code></small>`);
    expect(report).toContain('<b>2</b> lost');
    expect(report).toContain('0 of 3<small class="flag">1 failed, 2 lost</small>');
    expect(page).not.toContain('</b> lost');
  });

  it('tells of records of other engines, and how many', () => {
    const of = (seed: number, engine: string) => ({
      ...syntheticRecord({ optimizer: { kind: 'sgd', learningRate: 1 }, seed }),
      engine: sha256(engine),
    });
    const runs = [of(0, 'engine'), of(1, 'old'), of(2, 'old'), of(3, 'older')];
    const report = textOf(renderReport(input(runs, { engine: sha256('engine') })));
    expect(report).toContain(
      `3 of 4 runs were computed by other versions of the engine, as asked for: ${sha256('old').slice(0, 12)} (2 runs), ${sha256('older').slice(0, 12)} (1 run).`,
    );
    expect(textOf(renderReport(input(runs.slice(0, 1), { engine: sha256('engine') })))).not.toContain(
      'other versions of the engine',
    );
  });

  it('has what was declared, what came out, and that it was changed', () => {
    const run = (kind: string, seed: number, loss: number) =>
      recordWithLosses([3, loss], { optimizer: { kind, learningRate: 0.1 }, seed });
    const runs = [run('adam', 0, 1), run('adam', 1, 1.4), run('sgd', 0, 2), run('sgd', 1, 2.5)];
    const conclusion = {
      metric: { split: 'test', measure: 'loss', at: 'final' },
      target: 1.2,
      reference: 'sgd',
    } as const;
    const experiment = { name: 'x', title: 'X', question: '?', conclusion };
    const declarations = [
      { text: '{"target":"<1>"}', declaredAt: '2026-01-01T00:00:00.000Z', runs: 0 },
      { text: '{"target":1.2}', declaredAt: '2026-01-02T00:00:00.000Z', runs: 17 },
    ];
    const report = textOf(renderReport(input(runs, { experiment, declarations })));
    expect(report).toContain(
      '<dt>Metric</dt><dd>final test loss, the smaller the better</dd><dt>Target</dt><dd>final test loss at most 1.20</dd><dt>Reference</dt><dd>sgd</dd>',
    );
    expect(report).toContain(
      'The lowest final test loss, as declared: <b>adam</b> at learning rate 0.1: 1.20, median of 2 seeds. 1 of its 2 runs reached the target.',
    );
    expect(report).toContain(
      '<th scope="row">adam</th><td>1.20<small>1.00–1.40</small></td><td>1 of 2</td><td>140</td>',
    );
    expect(report).toContain('<td class="text">sgd</td><td>2 of 2</td><td>0 of 2</td><td>1.05 lower</td>');
    expect(report).toContain(
      'no claim: 2 seeds cannot reach p &lt; 0.05: the smallest possible p of the exact signed-rank test is 0.5; at least 6 seeds',
    );
    expect(report).toContain('<b>adam</b> and <b>sgd</b>: no claim from 2 seeds');
    expect(report).toContain('The declaration was changed after 17 runs in the store.');
    expect(report).toContain('{&quot;target&quot;:&quot;&lt;1&gt;&quot;}');
    expect(report).toContain('Time of a run (information only)');
    const once = textOf(renderReport(input(runs, { experiment, declarations: declarations.slice(1) })));
    expect(once).not.toContain('was changed');
    expect(text).not.toContain('What was declared');
    expect(text).not.toContain('was changed');
    const unconcluded = { name: 'x', title: 'X', question: '?' };
    expect(textOf(renderReport(input(runs, { experiment: unconcluded, declarations })))).toContain(
      'The declaration was changed after 17 runs in the store.',
    );
  });

  it('chooses by the declared metric on the validation split, and says so', () => {
    const at = (learningRate: number, losses: number[], options = {}) =>
      recordWithLosses(losses, { optimizer: { kind: 'sgd', learningRate }, ...options });
    const failed = { seed: 1, outcome: { kind: 'failed', message: 'no' } } as const;
    const runs = [at(0.1, [2, 0.3, 0.9]), at(1, [2, 0.5, 0.6]), at(1, [2], failed)];
    const conclusion = { metric: { split: 'test', measure: 'error', at: 'best' } } as const;
    const experiment = { name: 'x', title: 'X', question: '?', conclusion };
    const report = textOf(renderReport(input(runs, { experiment })));
    expect(report).toContain('<td data-sort="0.1">0.1');
    expect(report).toContain('which is the one with the lowest median best validation error; a failed run');
    expect(report).toContain(
      'each method at its best setting, which has the lowest median best validation error;',
    );
    expect(report).toContain(
      'ring: the best learning rate by the median best validation error, where a failed run, which has no dot, counts as infinite, too.',
    );
  });

  it('says how far an experiment is of which later stages are not known', () => {
    const openStages = [
      { name: 'tuning', runs: 12, ended: 12 },
      { name: 'extension', runs: 4, ended: 1 },
    ];
    expect(textOf(renderReport(input(records, { openStages })))).toContain(
      'Partial: later stages depend on results that are not there yet. Known so far: tuning (12 of 12 runs ended); extension (1 of 4 runs ended).',
    );
  });

  it('is the same from records without step series, which it asks for where a figure needs them', () => {
    const slim = records.map((record) => ({
      ...record,
      series: { ...record.series, steps: { step: [], channels: {} } },
    }));
    const asked: string[] = [];
    const complete = ({ id }: { id: string }) => {
      asked.push(id);
      return records.find((record) => record.id === id)!;
    };
    expect(sha256(renderReport(input(slim, { complete })))).toBe(sha256(page));
    expect(asked).toHaveLength(7 * 2 + 2); // the first of each line of diverged runs, and the best setting of each method
  });

  it('draws the best forty of many methods', () => {
    const many = Array.from({ length: 43 }, (_, i) =>
      recordWithLosses([3, 1 + i], { optimizer: { kind: 'sgd', learningRate: 1, eps: i } }),
    );
    const report = renderReport(input(many));
    expect(textOf(report)).toContain(
      'The figures show the 40 best of 43 methods; the summary has all of them.',
    );
    const spec = dataBlocks(report).get('spec-loss-curves') as {
      data: { name: string; values: { method: string }[] }[];
    };
    const drawn = new Set(
      spec.data.find(({ name }) => name === 'curves')!.values.map(({ method }) => method),
    );
    expect(drawn.size).toBe(40);
    expect([drawn.has('eps 39'), drawn.has('eps 40')]).toEqual([true, false]);
    expect(textOf(report).match(/<th scope="row" data-sort=/g)).toHaveLength(43);
  });

  it('names both engines where the records come from two', () => {
    const other = {
      ...syntheticRecord({ optimizer: { kind: 'sgd', learningRate: 9 } }),
      engine: sha256('other'),
    };
    const mixed = textOf(
      renderReport(input([syntheticRecord({ optimizer: { kind: 'sgd', learningRate: 1 } }), other])),
    );
    expect(mixed).toContain(sha256('engine'));
    expect(mixed).toContain(sha256('other'));
  });
});

describe('a report of hostile names', () => {
  const [script, image] = HOSTILE;
  const experiment = { name: image, title: script, question: image };
  const page = renderReport(input(hostileRecords(), { experiment, command: script }));

  it('shows them as text', () => {
    const text = textOf(page);
    for (const name of HOSTILE.slice(0, 3))
      expect(text).toContain(`data-sort="${escapeHtml(name)}">${escapeHtml(name)}</th>`);
    expect(text).toContain(`<title>${escapeHtml(script)} · thalweg</title>`);
    expect(text).toContain(`<code>${escapeHtml(script)}</code>`);
    expect(text).toContain('two\\nlines, and a comma</th>');
    expect(text).not.toContain('<img');
    expect(text).not.toContain('\u202E');
  });

  it('runs no script but its own three', () => {
    expect(page.match(/<script>/g)).toHaveLength(3);
    expect(page).not.toContain('<script>alert');
    expect(page.match(/<\/script/g)).toHaveLength(page.match(/<script[ >]/g)!.length);
  });

  it('keeps them whole in the data of the figures', () => {
    const spec = dataBlocks(page).get('spec-loss-curves') as {
      data: { name: string; values: { method: string }[] }[];
    };
    const methods = spec.data.find(({ name }) => name === 'curves')!.values.map((row) => row.method);
    expect(methods).toContain(script);
    expect(methods).toContain("datum.mark === 'x' || true");
  });
});

it('html escapes values, keeps markup and joins lists', () => {
  expect(html`<p title="${'"&\''}">${['<', html`<b>${1}</b>`, null]}</p>`.html).toBe(
    '<p title="&quot;&amp;&#39;">&lt;<b>1</b></p>',
  );
});

it('has the summary as CSV, in numbers', () => {
  const run = (kind: string, seed: number, loss: number) =>
    recordWithLosses([3, loss], { optimizer: { kind, learningRate: 0.1 }, seed });
  const page = renderReport(input([run('adam', 0, 1), run('sgd,"x"', 0, Number.NaN)]));
  const [, encoded] = /href="data:text\/csv;charset=utf-8,([^"]*)" download="summary\.csv"/.exec(page)!;
  const [head, adam, sgd] = decodeURIComponent(encoded).split('\n');
  expect(head.split(',').slice(0, 5)).toEqual(['method', 'learningRate', 'edge', 'metric', 'metricLow']);
  expect(adam).toBe('adam,0.1,,0.1,0.1,0.1,1,,,,1,0.1,0.1,,,0,0,0,1,,,1000000');
  expect(sgd).toMatch(/^"sgd,""x""",,,NaN,NaN,NaN,0,/);
});
