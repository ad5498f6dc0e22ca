import * as vega from 'vega';
import { describe, expect, it } from 'vitest';
import { compileFigure } from '../../src/report/figure.ts';
import { figuresOf } from '../../src/report/figures.ts';
import { escapeHtml } from '../../src/report/html.ts';
import { groupMethods, namedMethods } from '../../src/report/methods.ts';
import { type ReportInput, renderReport } from '../../src/report/report.ts';
import type { RunRecord } from '../../src/run/record.ts';
import { diverged, recordWithLosses, type Synthetic, syntheticRecord } from './syntheticRecords.ts';
import { unpacked } from './unpacked.ts';

// biome-ignore lint/suspicious/noExplicitAny: specs are plain JSON
type Any = any;

/** A name, and what stands for it in a report where that is not the same. */
const NAMES: readonly (readonly [name: string, shown?: string])[] = [
  ['<img src=x onerror="alert(1)">'],
  ['</script><script>alert(2)</script>'],
  ['<!-- <b>&amp;'],
  [`quote " and ' and \` and \\ and \${x} and {{x}}`],
  ['two\nlines\tand a tab', 'two\\nlines\\tand a tab'],
  ['\u{1F600} and \u{1F468}\u{1F3FD}'],
  ['\u202Edlrow', '\\u{202e}dlrow'],
  ['constructor', '"constructor"'],
  ['__proto__', '"__proto__"'],
  ['toString', '"toString"'],
  ['a.b[0]'],
  ["['a']"],
  ['datum.x'],
  ["datum.mark === 'run' || true"],
  ['split'],
  ['method'],
  ['null'],
  ['NaN'],
  ['#1f2328'],
  ['1e-3'],
];
const LONG = 'lang '.repeat(40).trim(); // 199 characters

const named = (name: string, more: Partial<Synthetic> = {}) => ({
  optimizer: { kind: 'module', learningRate: 0.1, name, sha256: 'f'.repeat(64), options: { [name]: name } },
  ...more,
});

/** Two rates a name, of which the higher one diverged, so that every figure has it; layers with the name, too. */
const hostile = [...NAMES.map(([name]) => name), LONG].flatMap((name) =>
  [0.1, 1].map((learningRate) => {
    const { optimizer } = named(name);
    const record = syntheticRecord({
      optimizer: { ...optimizer, learningRate },
      slots: ['conv1.weight', 'dense1.weight', `${name}.weight`],
      ...(learningRate === 1 ? { outcome: { kind: 'diverged', step: 9, reason: name } as const } : {}),
    });
    const channels = record.series.steps.channels as Any;
    channels.updateRatio = channels.updateNorm;
    for (const prefix of ['deadUnits', 'slope', 'batchNormDrift'])
      channels[`${prefix}/${name}`] = channels.loss;
    for (const part of ['acted', 'normBefore', 'normAfter']) channels[`clip.${part}`] = channels.updateNorm;
    return record;
  }),
);

function input(records: readonly RunRecord[], more: Partial<ReportInput> = {}): ReportInput {
  const experiment = { name: 'x', title: 'Hostile', question: 'Is it correct?' };
  return { experiment, records, command: 'npx thalweg run x.ts', ...more };
}

function textOf(page: string): string {
  return page.replace(/<script[\s\S]*?<\/script>/g, '').replace(/<style>[\s\S]*?<\/style>/, '');
}

function specsOf(page: string): Map<string, Any> {
  const blocks = page.matchAll(/<script type="application\/json" id="spec-([^"]+)">([\s\S]*?)<\/script>/g);
  return new Map(Array.from(blocks, ([, id, json]) => [id, unpacked(JSON.parse(json))]));
}

/** Every value of a spec with the key that it stands under, what stands in `data` left out. */
function* entries(value: Any, key = ''): Generator<readonly [string, Any]> {
  yield [key, value];
  if (value === null || typeof value !== 'object') return;
  for (const [inner, item] of Object.entries(value)) {
    if (inner !== 'values' || key !== 'data') yield* entries(item, Array.isArray(value) ? key : inner);
  }
}

const FIGURES = [
  ...[
    'loss-curves',
    'error-curves',
    'learning-rate',
    'final-error',
    'pairwise',
    'time-to-target',
    'target-ladder',
  ],
  ...[
    'step-loss',
    'step-gradNorm',
    'gradient-norms',
    'update-ratio',
    'dead-units',
    'slopes',
    'batch-norm-drift',
  ],
  ...['clip-acting', 'diverged-share'],
];

/** Those that one method alone has not. */
const IN_COMPARISONS = ['pairwise', 'time-to-target', 'target-ladder', 'diverged-share'];

/** Layers are called after the names, too. */
const LAYERED = new Set(['gradient-norms', 'dead-units', 'slopes', 'batch-norm-drift']);

describe('names', () => {
  const methods = groupMethods(hostile);
  const page = renderReport(input(hostile));
  const text = textOf(page);

  it('stand escaped in the table, as they are written', () => {
    for (const [name, shown = name] of NAMES) expect(text).toContain(`>${escapeHtml(shown)}</th>`);
    expect(text).not.toMatch(/<img|<b>&amp;|<!--(?! )|\u202e/);
    expect(page.match(/<script>/g)).toHaveLength(3);
    expect(page).not.toContain('<script>alert');
  });

  it('are the values of figures and nothing else: no name is a field, an expression or a signal', () => {
    const specs = specsOf(page);
    expect([...specs.keys()]).toEqual(FIGURES);
    for (const [id, spec] of specs) {
      for (const [key, value] of entries(spec)) {
        if (
          typeof value !== 'string' ||
          !['expr', 'test', 'signal', 'update', 'init', 'field', 'as'].includes(key)
        )
          continue;
        // Vega-Lite sorts panels by comparing with the names: they stand in it as JSON strings, which end where they should
        const code = value.replace(/"(?:[^"\\]|\\.)*"/g, '""');
        expect(code, `${id}: ${key}`).not.toMatch(
          /alert|onerror|dlrow|lang lang|\|\| true|\{\{|a\.b|constructor|smile/,
        );
        expect(() => vega.parseExpression(value), `${id}: ${key}`).not.toThrow();
      }
    }
  });

  it('have the same fields whatever they are', () => {
    const of = (name: string) =>
      figuresOf(groupMethods(recordsNamed(name))).map(({ spec }) => fieldsOf(spec));
    const usual = of('usual');
    for (const [name] of NAMES) expect(of(name)).toEqual(usual);
  });

  it.each(FIGURES.filter((id) => id !== 'pairwise'))('are drawn in %s, each once', async (id) => {
    const figure = figuresOf(methods).find((other) => other.id === id)!;
    const svg = await new vega.View(vega.parse(compileFigure(figure)), { renderer: 'none' }).toSVG();
    const texts = Array.from(svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g), ([, found]) => found);
    const drawn = new Set((figure.spec.data as Any).values.map(({ method }: Any) => method));
    const shown = NAMES.map(([name, as = name]) => as).filter((name) => name.length <= 16 && drawn.has(name));
    expect(shown.length).toBeGreaterThan(
      id === 'slopes' || id === 'dead-units' || id === 'batch-norm-drift' ? 1 : 10,
    );
    for (const name of shown) {
      const times = texts.filter((found) => found === svgEscaped(name)).length;
      if (LAYERED.has(id)) expect(times, name).toBeGreaterThanOrEqual(1);
      else expect(times, name).toBe(id === 'final-error' ? 2 : 1);
    }
    expect(svg).not.toMatch(/<(script|img|b|!--)/);
  });

  it('of 199 characters are cut, at 60 in the tables and at 44 in figures', () => {
    const method = methods.at(-1)!;
    expect(method.label).toBe(`${LONG.slice(0, 59)}…`); // what a spec says is cut at 60 characters
    expect(method.shortLabel.length).toBeLessThanOrEqual(44);
  });

  it('come from decisions as well', () => {
    const groups = NAMES.map(([name], i) => ({ name, ids: [hostile[2 * i].id] }));
    const labels = namedMethods(groups, hostile).map(({ label }) => label);
    expect(labels).toEqual(NAMES.map(([name, shown = name]) => shown));
  });
});

function recordsNamed(name: string): RunRecord[] {
  return [0.1, 1].map((learningRate) =>
    syntheticRecord({ optimizer: { ...named(name).optimizer, learningRate }, slots: [`${name}.weight`] }),
  );
}

/** The keys of the data's rows and the fields of the encodings. */
function fieldsOf(spec: Any): readonly string[] {
  const fields = new Set<string>();
  for (const [key, value] of entries(spec))
    if (key === 'field' && typeof value === 'string') fields.add(value);
  for (const row of spec.data.values) for (const key of Object.keys(row)) fields.add(key);
  return [...fields].sort();
}

function svgEscaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

describe('numbers', () => {
  const strange = [Number.NaN, Infinity, -Infinity, 0, -0, 5e-324, -1, 1.7e308, 1e-300];
  const poisoned = [0, 1].flatMap((seed) =>
    [0.01, 0.1].map((learningRate) => {
      const record = syntheticRecord({ optimizer: { kind: 'sgd', learningRate }, seed, epochs: 3 });
      const channels = record.series.steps.channels as Any;
      for (const name of [
        'updateRatio',
        'deadUnits/relu1',
        'slope/prelu1.slope',
        'batchNormDrift/batchNorm1',
      ])
        channels[name] = structuredClone(channels.loss);
      for (const name of ['clip.acted', 'clip.normBefore', 'clip.normAfter'])
        channels[name] = structuredClone(channels.gradNorm);
      for (const channel of Object.values(channels) as Any[])
        for (const statistic of ['median', 'min', 'max'])
          channel[statistic].splice(3, strange.length, ...strange);
      for (const split of ['train', 'validation', 'test'] as const)
        for (const measure of ['loss', 'error'] as const)
          (record.series.evaluations[split][measure] as number[]).splice(1, strange.length, ...strange);
      return record;
    }),
  );

  it('that are not finite never reach a scale, an axis or a row', () => {
    const figures = figuresOf(groupMethods(poisoned));
    expect(figures.map(({ id }) => id)).toEqual(FIGURES.filter((id) => !IN_COMPARISONS.includes(id)));
    for (const figure of figures) {
      const spec = compileFigure(figure) as Any;
      for (const [, value] of entries(figure.spec))
        if (typeof value === 'number') expect(Number.isFinite(value), `${figure.id}: ${value}`).toBe(true);
      for (const { type, domain } of spec.scales) {
        if (!Array.isArray(domain) || typeof domain[0] !== 'number') continue;
        expect(domain[0], figure.id).toBeLessThan(domain[1]);
        if (type === 'log') expect(domain[0], figure.id).toBeGreaterThan(0);
      }
      for (const row of (figure.spec.data as Any).values) {
        const numbers = Object.values(row)
          .flat()
          .filter((value) => typeof value === 'number') as number[];
        for (const value of numbers) expect(Number.isFinite(value), `${figure.id}: ${value}`).toBe(true);
      }
    }
  });

  it('at the end of a run make it infinitely bad, and the tables say so', () => {
    const at = (kind: string, loss: number) =>
      recordWithLosses([2, loss], { optimizer: { kind, learningRate: 0.1 } });
    const records = [at('sgd', Number.NaN), at('adam', -Infinity), at('lion', 5e-324), at('yogi', -0)];
    const methods = groupMethods(records);
    expect(methods.map(({ best }) => best !== null)).toEqual([false, false, true, true]);
    const text = textOf(renderReport(input(records)));
    expect(text).toContain('4.94e-324');
    // the table as CSV has the numbers as they are
    expect(text.replace(/href="data:text\/csv[^"]*"/, '')).not.toMatch(/NaN%|undefined|Infinity/);
  });
});

describe('few results', () => {
  it('one run, of one step, evaluated before it alone', () => {
    const record = recordWithLosses([2.5], { optimizer: { kind: 'sgd', learningRate: 0.1 } });
    const channels = { loss: oneStep(2.5), gradNorm: oneStep(3), 'gradNorm/conv1.weight': oneStep(3) };
    const alone = {
      ...record,
      steps: 1,
      series: { ...record.series, steps: { step: [1], channels } },
    };
    const page = renderReport(input([alone]));
    const specs = specsOf(page);
    const rows = specs.get('step-loss').data[0].values;
    expect(rows.slice(0, 1)).toMatchObject([{ step: [1], median: [2.5], low: [2.5], high: [2.5] }]);
    expect(specs.has('learning-rate')).toBe(false); // one rate
    const text = textOf(page);
    expect(text).toContain('<b>1</b> run</li>');
    expect(text).toContain('One seed each: no band.');
    // median 3, 95th percentile 3, no trend of one point
    expect(text).toContain(
      '<td>3.00</td><td>1.00</td><td>NaN</td><td>0.00%</td><td>0</td><td>–</td><td>–</td>',
    );
  });

  it.each([
    ['diverged', diverged(3), 'No run has completed'],
    ['failed', { kind: 'failed', message: 'it threw' } as const, 'No run has completed'],
  ])('all runs %s', (kind, outcome, sentence) => {
    const records = ['sgd', 'adam'].flatMap((name) =>
      [0.1, 1].map((learningRate) => syntheticRecord({ optimizer: { kind: name, learningRate }, outcome })),
    );
    const page = renderReport(input(records));
    const text = textOf(page);
    expect(text).toContain(`<b>4</b> ${kind}`);
    expect(text).toContain(sentence);
    expect([...specsOf(page).keys()]).toEqual(kind === 'diverged' ? ['learning-rate', 'diverged-share'] : []);
    if (kind === 'failed') return;
    const shares = specsOf(page)
      .get('diverged-share')
      .data.find(({ name }: Any) => name === 'shares').values;
    expect(shares.map(({ share }: Any) => share)).toEqual([1, 1, 1, 1]);
  });
});

function oneStep(value: number) {
  return { median: [value], min: [value], max: [value] };
}

describe('many results', () => {
  const slim = (record: RunRecord): RunRecord => ({
    ...record,
    series: { ...record.series, steps: { step: [], channels: {} } },
  });

  it('a thousand seeds of one method: their median, 400 of their dots, the steps of the first hundred', () => {
    const all = Array.from({ length: 1000 }, (_, seed) =>
      recordWithLosses([3, 1 + seed / 1000], { optimizer: { kind: 'adam', learningRate: 0.1 }, seed }),
    );
    const asked = new Set<string>();
    const complete = (record: RunRecord) => {
      asked.add(record.id);
      return all[Number(record.spec.seed)];
    };
    const page = renderReport(input(all.map(slim), { complete }));
    expect(page.length).toBeLessThan(1.5e6);
    expect(asked.size).toBe(100);
    const text = textOf(page);
    expect(text).toContain('>1.50<small>1.00–2.00</small>'); // the median of 1, 1.001 ... 1.999 is 1.4995
    const specs = specsOf(page);
    const dots = specs.get('final-error').data.find(({ name }: Any) => name === 'runs').values;
    const validation = dots.filter(({ split, mark }: Any) => split === 'validation' && mark === 'run');
    expect(validation).toHaveLength(400);
    expect([validation[0].x, validation.at(-1).x]).toEqual([0.1, 0.1999]); // the lowest and the highest of all
    expect(text).toContain('Of more than 400 seeds 400 have a dot: those at evenly spaced ranks');
    expect(text).toContain('of more than 100 seeds the first 100');
  });

  it('ten thousand runs: every count and every median is right, in less than 1.5 MB', {
    timeout: 300_000,
  }, () => {
    const kinds = [
      'sgd',
      'momentum',
      'adam',
      'rmsprop',
      'adagrad',
      'adadelta',
      'adamax',
      'nadam',
      'lion',
      'yogi',
    ];
    const rates = [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1, 3];
    // the best rate of method k is rates[k]: its losses are 1 + k / 10 + seed / 10000; at the highest rate odd seeds diverge
    const records = kinds.flatMap((kind, k) =>
      rates.flatMap((learningRate, r) =>
        Array.from({ length: 100 }, (_, seed) =>
          slim(
            recordWithLosses([3, 1 + k / 10 + Math.abs(r - k) + seed / 10000], {
              optimizer: { kind, learningRate },
              seed,
              ...(r === 9 && seed % 2 === 1 ? { outcome: diverged(10 + seed) } : {}),
            }),
          ),
        ),
      ),
    );
    const page = renderReport(input(records));
    expect(page.length).toBeLessThan(1.5e6);
    const text = textOf(page);
    expect(text).toContain('<b>10000</b> runs');
    expect(text).toContain('<b>500</b> diverged');
    const first = /<th scope="row" data-sort="sgd">sgd<\/th><td data-sort="0.0001">.*?<\/tr>/s.exec(text)![0];
    expect(first).toContain('lowest of 10');
    expect(first).toContain('<td data-sort="1.0049'); // the mean of the 50th and 51st of 1, 1.0001 ... 1.0099 is 1.00495
    expect(first).toContain('50 of 1000');
    // the diverged runs of a method are one line: 50 seeds that do not adjoin, steps 11 to 109
    expect(text).toContain('<td>3</td><td>50 seeds<small>50 runs</small></td><td>11–109</td>');
    const shares = specsOf(page)
      .get('diverged-share')
      .data.find(({ name }: Any) => name === 'shares').values;
    expect(shares).toHaveLength(100);
    expect(shares.filter(({ share }: Any) => share === 0.5)).toHaveLength(10);
  });

  it('ten thousand methods: the best of them are listed and drawn, and the page says how many are not', {
    timeout: 300_000,
  }, () => {
    const records = Array.from({ length: 10_000 }, (_, i) =>
      slim(
        recordWithLosses([3, 1 + ((7919 * i) % 10_000) / 10_000], {
          optimizer: { kind: 'sgd', learningRate: 1, eps: i },
        }),
      ),
    );
    const page = renderReport(input(records));
    expect(page.length).toBeLessThan(1.5e6);
    const text = textOf(page);
    expect(text).toContain(
      'The figures show the 40 best of 10000 methods; the summary has the 300 best, runs.csv has all of them.',
    );
    expect(text.match(/<th scope="row" data-sort/g)).toHaveLength(300);
    const names = Array.from(text.matchAll(/<th scope="row" data-sort="eps (\d+)">/g), ([, eps]) =>
      Number(eps),
    );
    expect(names.map((eps) => (7919 * eps) % 10_000)).toEqual(Array.from({ length: 300 }, (_, rank) => rank));
  });
});
