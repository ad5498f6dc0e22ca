import { canonicalJson, type Json } from '../core/json.ts';
import { type Comparison, compareSides, type MethodPair, type Side } from './comparison.ts';
import { type Conclusion, metricName } from './conclusion.ts';
import { type Complete, drawnOf } from './drawn.ts';
import type { Estimate } from './estimate.ts';
import type { Figure } from './figure.ts';
import { AT_BEST_RATE } from './figures/candidates.ts';
import { figuresOf } from './figures.ts';
import { count, formatMetric, formatNumber } from './format.ts';
import { type Html, html, page } from './html.ts';
import type { JsonObject } from './labels.ts';
import { type Method, specOf } from './methods.ts';
import { differenceText } from './pairs.ts';
import { definitions } from './sections/definitions.ts';
import { figureSections } from './sections/figureSections.ts';
import { tableBlock } from './sections/tableBlock.ts';
import { summaryRows } from './table.ts';
import { ALPHA, verdictWords } from './verdicts.ts';

export interface ComparisonInput {
  readonly a: Side & { readonly complete?: Complete };
  readonly b: Side & { readonly complete?: Complete };
  readonly command: string;
  readonly pdfOf?: (figures: readonly Figure[]) => Uint8Array;
}

/** Two experiments, or two versions of one, side by side on one page. A pure function of its input. */
export function renderComparison(
  input: ComparisonInput,
  comparison = compareSides(input.a, input.b),
): string {
  const { a, b } = input;
  const title = a.name === b.name ? `${a.name}: two versions` : `${a.name} and ${b.name}`;
  const figures = isSame(comparison) ? [] : figuresOfBoth(a, b);
  const pdf = input.pdfOf?.(figures);
  const body = html`<header>
<h1>${title}</h1>
<dl>${[a, b].map(({ letter, name, source, compared }) => html`<dt>${letter}</dt><dd>${name}, ${count(compared.rows.length, 'method')}: ${source}</dd>`)}</dl>
</header>
<p class="finding">${equalityText(comparison)}</p>
${methodsTable(comparison)}
${onlyIn(a, comparison.onlyA)}${onlyIn(b, comparison.onlyB)}
${specDifferences(input, comparison)}
${figureSections(figures, pdf)}
${definitions()}
<section aria-labelledby="provenance-title"><h2 id="provenance-title">Provenance</h2>
<pre tabindex="0"><code>${input.command}</code></pre></section>`;
  return page(`${title} · thalweg`, body, pdf);
}

/** By what A declared and is chosen by; nothing is tested against its reference, which is in both. */
function figuresOfBoth(a: ComparisonInput['a'], b: ComparisonInput['b']): Figure[] {
  const methods = [...lettered(a), ...lettered(b)];
  const { chosenBy, reported } = a.compared;
  const { reference: _, comparisons: __, ...conclusion } = a.conclusion ?? {};
  return figuresOf(methods, {
    shown:
      a.compared.isDecided || b.compared.isDecided
        ? 'each method with the setting that was chosen'
        : AT_BEST_RATE,
    chosenBy,
    conclusion: a.conclusion === undefined ? undefined : (conclusion as Conclusion),
    rows: summaryRows(methods, { ...reported, reference: undefined }),
  });
}

/** Whether the two have the same runs with the same bits: then a figure of both would show everything twice. */
function isSame({ equality, onlyA, onlyB }: Comparison): boolean {
  const { shared, different } = equality;
  return shared > 0 && different.length + onlyA.length + onlyB.length === 0;
}

/** What can be said of B; that it is the same on every seed, where it is. */
export function pairWords({ paired, verdict }: MethodPair): string {
  const { differences } = paired;
  if (differences.length > 0 && differences.every((difference) => difference === 0))
    return `the same on ${differences.length === 1 ? 'the seed' : `all ${differences.length} seeds`}`;
  return verdictWords(verdict);
}

/** `A: adam`: the methods of a side as figures name them. */
function lettered({ letter, compared, complete }: ComparisonInput['a']): Method[] {
  return drawnOf(compared, complete).map((method) => ({
    ...method,
    label: `${letter}: ${method.label}`,
    shortLabel: `${letter}: ${method.shortLabel}`,
  }));
}

/** How many of the runs that both sides have are the same to the last bit, and where others part. */
export function equalityText({ equality: { shared, same, different } }: Comparison): string {
  if (shared === 0) return 'The two have no run in common: no spec is the same.';
  if (different.length === 0)
    return `${shared === 1 ? 'The run' : `All ${shared} runs`} that both have ${shared === 1 ? 'is' : 'are'} the same to the last bit.`;
  const [first] = different;
  const where =
    first.step === null
      ? 'in how they ended alone'
      : `from step ${first.step} on, by up to ${formatNumber(first.relative)} of the value there`;
  return `${same} of ${count(shared, 'run')} that both have are the same to the last bit; ${different.length} differ, the first one (${first.id.slice(0, 12)}) ${where}.`;
}

function methodsTable({ metric, pairs }: Comparison): Html {
  const format = (value: number) => formatMetric(value, metric.measure);
  const heads = [{ text: 'Method' }, 'A', 'B', 'B less A', 'P(B better)', { text: 'Verdict on B' }];
  const rows = pairs.map((pair) => {
    const { method, a, b, probability } = pair;
    return html`<tr><th scope="row">${method}</th>${[a, b].map((side) => estimateCell(side, format))}<td>${differenceText(pair.paired, metric)}</td><td>${Number.isNaN(probability) ? '–' : probability.toFixed(2)}</td><td class="text wrap">${pairWords(pair)}</td></tr>\n`;
  });
  return html`<section aria-labelledby="methods-title">
<h2 id="methods-title">Methods of both</h2>
${pairs.length === 0 ? html`<p>No method of A has the name of one of B.</p>` : tableBlock('Methods of both', heads, rows)}
<p><small>The ${metricName(metric)}, which A is compared by, of each method at its best setting: median and, with five seeds or more, its 95% bootstrap interval, otherwise the range. B less A: the median of the differences seed by seed. Verdict: exact two-sided signed-rank test on these differences, p after Holm’s correction for ${count(pairs.length, 'method')}, significant up to ${ALPHA}.</small></p>
</section>`;
}

function estimateCell({ n, median, low, high }: Estimate, format: (value: number) => string): Html {
  if (n === 0) return html`<td>–</td>`;
  return html`<td>${format(median)}${n > 1 ? html`<small>${format(low)}–${format(high)}</small>` : null}</td>`;
}

function onlyIn({ letter }: Side, names: readonly string[]): Html | null {
  return names.length === 0 ? null : html`<p>Only in ${letter}: ${names.join('; ')}.</p>\n`;
}

/** In what the specs of methods of one name differ, seed and learning rate aside. */
function specDifferences({ a, b }: ComparisonInput, { pairs }: Comparison): Html | null {
  const specIn = (side: Side, name: string) => {
    const method = side.compared.methods.find(({ label }) => label === name)!;
    return specOf((method.best ?? method.settings[0]).records[0]);
  };
  const rows = pairs.flatMap(({ method }) =>
    differencesOf(specIn(a, method), specIn(b, method)).map(
      ([path, one, other]) =>
        html`<tr><th scope="row">${method}</th><td class="text">${path}</td><td class="text wrap">${one}</td><td class="text wrap">${other}</td></tr>\n`,
    ),
  );
  if (rows.length === 0) return null;
  const heads = [{ text: 'Method' }, { text: 'Option' }, { text: 'A' }, { text: 'B' }];
  return html`<section aria-labelledby="options-title"><h2 id="options-title">Options that differ</h2>
${tableBlock('Options that differ', heads, rows)}</section>`;
}

/** The options at which two specs differ: path, value in the first, value in the second. */
export function differencesOf(
  a: JsonObject,
  b: JsonObject,
  path = '',
): (readonly [path: string, a: string, b: string])[] {
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter(
    (key) => path !== '' || key !== 'seed',
  );
  return keys.flatMap((key) => {
    const [one, other] = [a[key], b[key]];
    const here = path === '' ? key : `${path}.${key}`;
    if (isObject(one) && isObject(other)) return differencesOf(one, other, here);
    const [x, y] = [one, other].map((value) => (value === undefined ? '–' : canonicalJson(value)));
    return x === y ? [] : [[here, x, y] as const];
  });
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
