import { canonicalJson } from '../../core/json.ts';
import { formatRate, formatSeconds, visibleLines } from '../format.ts';
import { type Html, html } from '../html.ts';
import { type Method, seedOf, specOf } from '../methods.ts';
import type { ReportInput } from '../report.ts';

/** What is needed to get the same numbers again. */
export function provenance(
  { experiment, records, command }: ReportInput,
  methods: readonly Method[],
  isDecided: boolean,
): Html {
  const environments = records.flatMap(({ environment }) => (environment === null ? [] : [environment]));
  const facts: readonly (readonly [string, readonly string[]])[] = [
    ['Experiment', [experiment.name]],
    ['Engine', distinct(records.map((record) => record.engine))],
    ['Data', distinct(records.map((record) => record.data))],
    ['thalweg', distinct(environments.map((environment) => environment.thalweg))],
    ['Node', distinct(environments.map((environment) => environment.node))],
    ['Machine', distinct(environments.map((environment) => `${environment.cpu}, ${environment.platform}`))],
    [
      'Parameters',
      distinct(records.filter((record) => record.parameters > 0).map((record) => String(record.parameters))),
    ],
    [
      'First run started',
      environments
        .map((environment) => environment.startedAt)
        .sort()
        .slice(0, 1),
    ],
    [
      'Time of all runs',
      environments.length > 0
        ? [formatSeconds(sum(environments.map((environment) => environment.seconds)))]
        : [],
    ],
  ];
  const shown = facts.filter(([, values]) => values.length > 0);
  return html`<section aria-labelledby="provenance-title">
<h2 id="provenance-title">Provenance</h2>
<p>The command that makes this report again; the same engine gives the same numbers to the last bit:</p>
<pre tabindex="0"><code>${command}</code></pre>
<dl>${shown.map(([name, values]) => html`<dt>${name}</dt><dd>${values.map((value, i) => html`${i > 0 ? { html: '<br>' } : null}${HASH.test(value) ? html`<code>${value}</code>` : value}`)}</dd>`)}</dl>
<p>The specs in full, one a method that the figures show; its other runs differ in ${isDecided ? 'what was tuned' : 'the learning rate'} and the seed.</p>
${methods.map(specBlock)}
</section>`;
}

const HASH = /^[0-9a-f]{64}$/;

function specBlock(method: Method): Html {
  const record = (method.best ?? method.settings[0]).records[0];
  const rates = method.settings.map((setting) => formatRate(setting.learningRate)).join(', ');
  const seeds = distinct(
    method.settings.flatMap((setting) => setting.records.map((run) => String(seedOf(run)))),
  ).join(', ');
  return html`<details><summary>${method.label}</summary>
<p>Learning rates ${rates}; seeds ${seeds}. The run below is <code>${record.id}</code>.</p>
<pre tabindex="0"><code>${visibleLines(JSON.stringify(JSON.parse(canonicalJson(specOf(record))), null, 2))}</code></pre>
</details>`;
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values.filter((value) => value !== ''))];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
