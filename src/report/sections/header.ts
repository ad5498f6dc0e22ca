import { canonicalJson } from '../../core/json.ts';
import type { RunRecord } from '../../run/record.ts';
import type { Compared } from '../compared.ts';
import { type Conclusion, type ConclusionRow, conclusionRows, metricName } from '../conclusion.ts';
import { count, formatMetric, formatNumber, formatPercent, formatRate } from '../format.ts';
import { type Html, html } from '../html.ts';
import { isProblem, seedOf, specOf } from '../methods.ts';
import { otherEngines, partialText } from '../notices.ts';
import type { ReportInput } from '../report.ts';
import type { SummaryRow } from '../table.ts';

/** The question, what was run, what is missing, and the answer in a sentence. */
export function header(
  { experiment, records, planned, total = (planned ?? records).length, engine, openStages = [] }: ReportInput,
  rows: readonly SummaryRow[],
  { isDecided, methods }: Pick<Compared, 'isDecided' | 'methods'>,
): Html {
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
${experiment.conclusion === undefined ? finding(rows, records, isDecided) : declaredFinding(conclusionRows(methods, experiment.conclusion), experiment.conclusion)}
${edgeWarning(rows)}`;
}

/** The best method by what was declared. */
function declaredFinding(rows: readonly ConclusionRow[], { metric, target }: Conclusion): Html | null {
  const [best, ...others] = rows;
  if (others.length === 0 || !Number.isFinite(best.metric.median)) return null;
  const value = formatMetric(best.metric.median, metric.measure);
  const seeds =
    best.runs === 1 ? 'one seed, which says nothing of the spread' : `median of ${count(best.runs, 'seed')}`;
  const equal = others.filter((row) => row.metric.min <= best.metric.max).map(({ method }) => method);
  const reached = target === undefined ? '' : ` ${best.reached} of its ${best.runs} runs reached the target.`;
  const none = best.runs > 1 ? 'No other method has a seed within the range of its seeds.' : '';
  return html`<p class="finding">The lowest ${metricName(metric)}, as declared: <b>${best.method}</b> with ${value}, ${seeds}.${reached}
${equal.length > 0 ? withinSpread(equal, best.runs) : none}</p>`;
}

/** More methods than this within the spread of the best one are counted, not named. */
const MOST_NAMED = 8;

/** The best method with all that its seeds do not tell from it. Errors on different data cannot be compared. */
function finding(
  rows: readonly SummaryRow[],
  records: readonly RunRecord[],
  isDecided: boolean,
): Html | null {
  const [best, ...others] = rows;
  if (others.length === 0 || !Number.isFinite(best.validationError.median)) return null;
  const tasks = new Set(records.map((record) => canonicalJson(specOf(record).data))).size;
  if (tasks > 1) {
    return html`<p class="finding">The methods ran on ${tasks} different data sets: compare those of one data set with each other.</p>`;
  }
  const problem = records.every(isProblem);
  const reached = (row: SummaryRow) => (problem ? row.validationLoss : row.validationError);
  const { n, median, max } = reached(best);
  const equal = others.filter((row) => reached(row).n > 0 && reached(row).min <= max);
  const value = problem
    ? formatNumber(median)
    : `${formatPercent(median)} (test ${formatPercent(best.testError.median)})`;
  const where = isDecided ? `with ${value}` : `at learning rate ${formatRate(best.learningRate)}, ${value}`;
  const seeds = n === 1 ? 'one seed, which says nothing of the spread' : `median of ${count(n, 'seed')}`;
  return html`<p class="finding">The ${problem ? 'smallest distance from the minimum' : 'lowest validation error'}: <b>${best.method}</b> ${where}, ${seeds}.
${
  equal.length > 0
    ? withinSpread(
        equal.map(({ method }) => method),
        n,
      )
    : n > 1
      ? 'No other method has a seed within the range of its seeds.'
      : null
}</p>`;
}

function withinSpread(equal: readonly string[], n: number): string {
  const named = equal.slice(0, MOST_NAMED);
  const rest = equal.length - named.length;
  const names = `${named.join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`;
  return n === 1
    ? `With a seed that is as good: ${names}.`
    : `Within the range of its seeds, so not told apart from it: ${names}.`;
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
