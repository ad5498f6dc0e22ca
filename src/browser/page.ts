import { readdirSync, readFileSync } from 'node:fs';
import { InvalidInput } from '../core/check.ts';
import { canonicalJson } from '../core/json.ts';
import { FASHION_5K_FOLDER } from '../data/fashion5k.ts';
import { kernelBytes } from '../kernels/wasm.ts';
import { count, formatRate, formatSeconds } from '../report/format.ts';
import { type Html, hashOf, html, htmlHead } from '../report/html.ts';
import { learningRateOf } from '../report/methods.ts';
import { pageStyle } from '../report/pageStyle.ts';
import { engineDigest } from '../run/engineDigest.ts';
import type { RunRecord } from '../run/record.ts';
import { pageScript } from './pageScript.ts';

export interface RerunPage {
  readonly title: string;
  readonly question: string;
  readonly records: readonly RunRecord[];
  readonly nameOf: (record: RunRecord) => string;
}

/** A record as the page's script gives it to the worker: its text, the files that the run needs, and its steps for the progress. */
interface Entry {
  readonly record: string;
  readonly files: readonly string[];
  readonly steps: number;
}

const KERNELS = 'kernels.wasm';
/** In characters: more than this opens slowly. */
const LARGEST = 40e6;

const style = `${pageStyle}
.verdict { white-space: normal; min-width: 18em; text-align: left; overflow-wrap: anywhere; }
tr[data-state=same] .verdict::before { content: "\\2713\\a0"; color: var(--hue2); font-weight: 600; }
tr[data-state=different] .verdict { color: var(--alert); }
tr[data-state=different] .verdict::before { content: "\\2717\\a0"; font-weight: 600; }
td button, #all { font: inherit; color: var(--ink); background: var(--page); border: 1px solid var(--muted); border-radius: 5px; padding: 3px 9px; min-height: 28px; cursor: pointer; white-space: nowrap; }
td button:disabled, #all:disabled { color: var(--muted); cursor: default; }
@media (max-width: 560px) {
  table.runs, .runs tbody, .runs tr, .runs th, .runs td { display: block; width: 100%; }
  .runs thead { display: none; }
  .runs tr { padding: 10px 0; border-bottom: 1px solid var(--line); }
  .runs tbody th, .runs td { border: none; padding: 2px 0; text-align: left; position: static; }
  .runs td[data-name]::before { content: attr(data-name) " "; color: var(--muted); }
  .verdict { min-width: 0; }
  .verdict:empty { display: none; }
}
`;

/**
 * One file in which a reader executes runs again and sees whether they come out as recorded. It holds the engine, the records and what
 * data they need; it loads nothing and sends nothing, from a disk as from any server. The content security policy allows its own
 * script, WebAssembly, and the worker that the engine runs in.
 * @throws InvalidInput if the engine for browsers is not built, or not of this engine, or if the page would be too large.
 */
export function rerunPage(input: RerunPage): string {
  const runnable = input.records.filter((record) => obstacleOf(record) === null);
  const entries = runnable.map(entryOf);
  const files = [...new Set(entries.flatMap((entry) => entry.files))];
  const rows = input.records.map((record) => rowOf(record, input.nameOf(record), runnable.indexOf(record)));
  const others = input.records.filter(({ engine }) => engine !== engineDigest()).length;
  // without an icon of its own a page has the browser ask the server for one
  const head = htmlHead(`${input.title} · run again · thalweg`, style, [
    `script-src ${hashOf(pageScript)} 'wasm-unsafe-eval'`,
    'worker-src blob:',
  ]);
  const page = html`${head}
<link rel="icon" href="data:,">
</head>
<body>
<main>
<header>
<h1>${input.title}</h1>
<p class="question">${input.question}</p>
</header>
<p>Each row is a run with its record. “Run again here” executes it in this browser and compares the digest of the whole training state
(parameters, buffers, optimizer) with the record’s, link by link: the bits have to be the same. Nothing is loaded and nothing is sent.</p>
<ul class="facts">
<li><b>${count(input.records.length, 'run')}</b></li>
<li><b>${runnable.length}</b> can run here</li>
<li>engine <b>${engineDigest().slice(0, 12)}</b></li>
</ul>
${others === 0 ? null : html`<p class="warning">${count(others, 'record')} of another engine than this page has: where a result differs, the engines may be why.</p>`}
${runnable.length > 1 ? html`<p><button id="all" disabled>Run all, one after the other</button></p>` : null}
<div class="scroll" tabindex="0" role="region" aria-label="Runs">
<table class="runs">
<thead><tr><th class="text">run</th><th>learning rate</th><th>seed</th><th class="text">recorded</th><th>steps</th><th>took</th><th class="text">again</th><th class="text">result</th></tr></thead>
<tbody>
${rows}</tbody>
</table>
</div>
<noscript><p class="warning">Running again needs scripts, which this browser does not run.</p></noscript>
</main>
<script type="application/json" id="runs">${{ html: JSON.stringify(entries).replaceAll('<', '\\u003c') }}</script>
<script type="text/plain" id="engine">${{ html: engineScript() }}</script>
${files.map((name) => html`<script type="text/plain" id="file-${name}">${{ html: contentOf(name) }}</script>\n`)}<script>${{ html: pageScript }}</script>
</body>
</html>
`;
  if (page.html.length <= LARGEST) return page.html;
  throw new InvalidInput(
    `invalid page: got ${Math.ceil(page.html.length / 1e6)} MB of records and data, expected at most ${LARGEST / 1e6} MB; choose runs with --only`,
  );
}

/** Why a record cannot be checked in a browser; null if it can. */
export function obstacleOf({ spec, outcome, chain }: RunRecord): string | null {
  if (outcome.kind === 'failed' || outcome.kind === 'lost')
    return `the run ${outcome.kind === 'lost' ? 'was lost' : 'failed'}: there is no result to compare with`;
  if (chain === null) return 'the record is of an older version and has no chain';
  if (spec.optimizer.kind === 'module')
    return 'a user’s optimizer file is not in this page: thalweg run repeats it';
  if (['mnist', 'fashionMnist', 'cifar10'].includes(spec.data.kind))
    return `the data set ${spec.data.kind} is downloaded and not in this page: thalweg run repeats it`;
  return null;
}

function entryOf(record: RunRecord): Entry {
  const { id, spec, outcome, steps, digest, chain } = record;
  const files = spec.data.kind === 'fashion5k' ? [KERNELS, ...dataFiles()] : [KERNELS];
  return { record: canonicalJson({ id, spec, outcome, steps, digest, chain }), files, steps };
}

function rowOf(record: RunRecord, name: string, run: number): Html {
  const { spec, outcome, steps, environment, id, engine } = record;
  const other = engine === engineDigest() ? '' : `, of the engine ${engine.slice(0, 12)}`;
  const step = 'step' in outcome ? ` at step ${outcome.step}` : '';
  const obstacle = obstacleOf(record);
  const cells = html`<th scope="row">${name}<small>${id.slice(0, 13)}</small></th>
<td data-name="learning rate">${formatRate(learningRateOf(record))}</td>
<td data-name="seed">${spec.seed}</td>
<td class="text">${outcome.kind}${step}${other}</td>
<td data-name="steps">${steps}</td>
<td data-name="took">${environment === null ? '' : formatSeconds(environment.seconds)}</td>`;
  if (obstacle !== null)
    return html`<tr>${cells}<td class="text"></td><td class="verdict">not here: ${obstacle}</td></tr>\n`;
  return html`<tr data-run="${run}">${cells}
<td class="text"><button disabled aria-label="Run again here: ${name}, seed ${spec.seed}">Run again here</button></td>
<td class="verdict" role="status"></td></tr>\n`;
}

function dataFiles(): string[] {
  return readdirSync(FASHION_5K_FOLDER).filter((name) => name.endsWith('.gz'));
}

/** In base64. */
function contentOf(name: string): string {
  const bytes = name === KERNELS ? kernelBytes() : readFileSync(new URL(name, FASHION_5K_FOLDER));
  return Buffer.from(bytes).toString('base64');
}

function engineScript(): string {
  let script: string;
  try {
    script = readFileSync(new URL('./build/worker.js', import.meta.url), 'utf8');
  } catch (cause) {
    throw new InvalidInput('the engine for browsers is not built; run: npm run build:browser', { cause });
  }
  if (!script.includes(engineDigest()))
    throw new InvalidInput('the engine for browsers was built of other sources; run: npm run build:browser');
  if (/<\/script|<!--/i.test(script)) throw new Error('the engine for browsers cannot be inlined');
  return script;
}
