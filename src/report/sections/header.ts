import { canonicalJson } from '../../core/json.ts';
import type { RunRecord } from '../../run/record.ts';
import type { Compared } from '../compared.ts';
import { type Conclusion, comparisonRows, metricName } from '../conclusion.ts';
import { count, formatMetric, formatPercent, formatRate } from '../format.ts';
import { type Html, html } from '../html.ts';
import { isProblem, seedOf, specOf } from '../methods.ts';
import { otherEngines, partialText } from '../notices.ts';
import type { ReportInput } from '../report.ts';
import type { SummaryRow } from '../table.ts';
import { declaredVerdicts, pText } from '../verdicts.ts';

/** The question, what was run, what is missing, the answer in a sentence and the verdicts of what was declared. */
export function header(
  { experiment, records, planned, total = (planned ?? records).length, engine, openStages = [] }: ReportInput,
  compared: Compared,
): Html {
  const { rows } = compared;
  const seeds = new Set(records.map(seedOf)).size;
  const of = (kind: RunRecord['outcome']['kind']) =>
    records.filter((record) => record.outcome.kind === kind).length;
  const missing = Math.max(0, total - records.length);
  const facts: readonly (readonly [number, string])[] = [
    [records.length, records.length === 1 ? 'run' : 'runs'],
    [rows.length, rows.length === 1 ? 'method' : 'methods'],
    [seeds, seeds === 1 ? 'seed' : 'seeds'],
    [of('diverged'), 'diverged'],
    [of('failed'), 'failed'],
    ...(of('lost') > 0 ? [[of('lost'), 'lost'] as const] : []),
  ];
  const others = otherEngines(records, engine);
  return html`<header>
<h1>${experiment.title}</h1>
<p class="question">${experiment.question}</p>
<ul class="facts">${facts.map(([n, what]) => html`<li><b>${n}</b> ${what}</li>`)}</ul>
</header>
${missing > 0 ? html`<p class="warning">Not finished: ${count(missing, 'run')} of ${total} ${missing === 1 ? 'is' : 'are'} missing from this report.</p>` : null}
${openStages.length > 0 ? html`<p class="warning">${partialText(openStages)}</p>` : null}
${others === null ? null : html`<p class="warning">${others}</p>`}
${finding(records, compared)}
${verdictChips(compared, experiment.conclusion)}
${edgeWarning(rows)}`;
}

/** More methods than this within the spread of the best one are counted, not named. */
const MOST_NAMED = 8;

/** The best method with all that its seeds do not tell from it. Errors on different data cannot be compared. */
function finding(records: readonly RunRecord[], { rows, isDecided, reported }: Compared): Html | null {
  const [best, ...others] = rows;
  if (others.length === 0 || !Number.isFinite(best.metric.median)) return null;
  const tasks = new Set(records.map((record) => canonicalJson(specOf(record).data))).size;
  if (tasks > 1) {
    return html`<p class="finding">The methods ran on ${tasks} different data sets: compare those of one data set with each other.</p>`;
  }
  const { metric, target, isDeclared } = reported;
  const format = (value: number) => formatMetric(value, metric.measure);
  const { n, median, max } = best.metric;
  const equal = others.filter((row) => row.metric.n > 0 && row.metric.min <= max).map(({ method }) => method);
  const isProblems = records.every(isProblem);
  const test =
    isProblems || metric.split === 'test' ? '' : ` (test error ${formatPercent(best.testError.median)})`;
  const what = isProblems && !isDeclared ? 'distance from the minimum' : metricName(metric);
  const where = isDecided ? 'with ' : `at learning rate ${formatRate(best.learningRate)}: `;
  const seeds = n === 1 ? 'one seed, which says nothing of the spread' : `median of ${count(n, 'seed')}`;
  const reached =
    target === undefined || best.target === null
      ? ''
      : ` ${best.target.reached} of its ${count(best.target.runs, 'run')} reached the target.`;
  const none = n > 1 ? 'No other method has a seed within the range of its seeds.' : '';
  return html`<p class="finding">The lowest ${what}${isDeclared ? ', as declared' : ''}: <b>${best.method}</b> ${where}${format(median)}${test}, ${seeds}.${reached}
${equal.length > 0 ? withinSpread(equal, n) : none}</p>`;
}

function withinSpread(equal: readonly string[], n: number): string {
  const named = equal.slice(0, MOST_NAMED);
  const rest = equal.length - named.length;
  const names = `${named.join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`;
  return n === 1 ? `With a seed that is as good: ${names}.` : `Within the range of its seeds: ${names}.`;
}

const CHIPS = {
  better: 'better than',
  worse: 'worse than',
  open: 'not told apart from',
  equivalent: 'equivalent to',
} as const;

/** What came of each declared comparison; a comparison that too few seeds could never decide says so. */
function verdictChips({ methods }: Compared, conclusion: Conclusion | undefined): Html | null {
  if (conclusion === undefined) return null;
  const rows = comparisonRows(methods, conclusion);
  const verdicts = declaredVerdicts(rows, conclusion.margin);
  if (rows.every(({ seeds }) => seeds === 0)) return null;
  const chips = rows.map(({ first, second, seeds }, i) => {
    const verdict = verdicts[i];
    if (seeds === 0) return null; // not run yet
    if (verdict.kind === 'refused')
      return html`<li class="open"><b>${first}</b> and <b>${second}</b>: no claim from ${count(seeds, 'seed')}<small>${verdict.reason}</small></li>`;
    return html`<li class="${verdict.kind}"><b>${first}</b> ${CHIPS[verdict.kind]} <b>${second}</b><small>p ${pText(verdict.p)}, ${count(seeds, 'seed')}</small></li>`;
  });
  return html`<ul class="verdicts" aria-label="Verdicts of the declared comparisons">${chips}</ul>`;
}

function edgeWarning(rows: readonly SummaryRow[]): Html | null {
  const atEdge = rows.filter((row) => row.edge !== null);
  if (atEdge.length === 0) return null;
  const names = atEdge
    .map((row) => `${row.method} (${formatRate(row.learningRate)}, the ${row.edge})`)
    .join('; ');
  return html`<p class="warning">Best learning rate at the edge of its grid: ${names}.
A rate beyond the edge may be better: extend the grid before comparing.</p>`;
}
