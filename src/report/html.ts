import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type * as vega from 'vega';
import { sha256 } from '../core/hash.ts';
import type { Json } from '../core/json.ts';
import { compileFigure, type Figure } from './figure.ts';
import type { JsonObject } from './labels.ts';
import { packed, shortJson } from './packed.ts';
import { pageScript } from './pageScript.ts';
import { pageStyle } from './pageStyle.ts';
import { colorNames } from './palette.ts';

/** Markup that needs no escaping any more. Made by {@link html}; a plain string is always text. */
export interface Html {
  readonly html: string;
}

type Insert = string | number | Html | null | readonly Insert[];

/** Markup with values in it: strings and numbers are escaped, markup stands as it is, lists are joined. */
export function html(strings: TemplateStringsArray, ...values: readonly Insert[]): Html {
  return { html: strings.map((text, i) => text + (i < values.length ? markupOf(values[i]) : '')).join('') };
}

function markupOf(value: Insert): string {
  if (value === null) return '';
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value));
  return 'html' in value ? value.html : value.map(markupOf).join('');
}

/** Text as it may stand in an element or in a quoted attribute. */
export function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character]);
}

/**
 * A figure with its caption, an address of its own and its files, which the page makes of what it holds. `pdfPage` is
 * the page of the figure in the PDF of the report, null where the page has none.
 */
export function figureBlock(figure: Figure, pdfPage: number | null = null): Html {
  const { id, title, caption, spec } = figure;
  const compiled = compileFigure(figure);
  const files: readonly (readonly [format: string, text: string, what: string])[] = [
    ['svg', 'SVG', 'as SVG'],
    ['png', 'PNG', 'as PNG'],
    ...(pdfPage === null ? [] : [['pdf', `PDF (page ${pdfPage})`, 'in the PDF of all figures'] as const]),
    ['csv', 'CSV', 'data as CSV'],
    ['json', 'Vega-Lite', 'as Vega-Lite spec with its data'],
  ];
  const links = files.map(
    ([format, text, what]) =>
      html` <a href="#${id}" data-format="${format}" aria-label="${text}: ${title} ${what}">${text}</a>`,
  );
  return html`<figure id="${id}">
<div class="plot" role="img" aria-label="${String(spec.description ?? title)}" data-spec="spec-${id}" data-name="${id}"></div>
<figcaption>${caption}</figcaption>
<p class="files"><a href="#${id}" aria-label="Link to this figure: ${title}">#${id}</a>${links}</p>
${dataBlock(`spec-${id}`, withPackedData(compiled))}
${dataBlock(`lite-${id}`, withoutData(spec, compiled.data ?? []))}
</figure>`;
}

/** The data sets of a compiled spec as {@link packed}, where they can be. */
function withPackedData({ data = [], ...spec }: vega.Spec): object {
  const sets = data.map((set) => {
    const values = 'values' in set ? packed(set.values) : null;
    return values === null ? set : { ...set, values };
  });
  return { ...spec, data: sets };
}

/** The spec without the data that the compiled one holds under the same name: `values` is null there. */
function withoutData(
  spec: Json,
  sets: readonly { readonly name: string; readonly values?: unknown }[],
): Json {
  const known = new Map(sets.map(({ name, values }) => [name, JSON.stringify(values)]));
  const walk = (value: Json, key = ''): Json => {
    if (Array.isArray(value)) return value.map((item) => walk(item));
    if (value === null || typeof value !== 'object') return value;
    const { name, values } = value as { readonly name?: Json; readonly values?: Json };
    if (key === 'data' && values !== undefined && known.get(String(name)) === JSON.stringify(values))
      return { ...(value as JsonObject), values: null };
    return Object.fromEntries(Object.entries(value).map(([inner, item]) => [inner, walk(item, inner)]));
  };
  return walk(spec);
}

/**
 * The beginning of a page, its head left open. The content security policy forbids it to load anything and to use any style but this one;
 * `allowed` are the directives for its scripts.
 */
export function htmlHead(title: string, style: string, allowed: readonly string[]): Html {
  const policy = [
    "default-src 'none'",
    ...allowed,
    `style-src ${hashOf(style)}`,
    'img-src data:', // what a drawing holds as a picture, and an empty icon
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${{ html: style }}</style>`;
}

/**
 * One file that needs nothing else: the libraries are inlined, and the content security policy forbids it to load
 * anything or to run any script but these three. `pdf` has a page for each figure.
 */
export function page(title: string, body: Html, pdf?: Uint8Array): string {
  if (pdf === undefined) return document(title, body, null, null);
  const data = Buffer.from(pdf).toString('base64');
  const block = html`<script type="application/pdf+base64" id="figures-pdf">${data}</script>`;
  const whole = document(title, body, block, null);
  return whole.length < LARGEST_PAGE ? whole : document(title, body, null, LEFT_OUT);
}

function document(title: string, body: Html, pdfBlock: Html | null, note: Html | null): string {
  const scripts = [vegaScript(), interpreterScript(), pageScript];
  const colors = Object.fromEntries(colorNames().map(({ name, light }) => [light, name]));
  const whole = html`${htmlHead(title, pageStyle, [
    `script-src ${scripts.map(hashOf).join(' ')}`,
    "style-src-attr 'unsafe-inline'", // Vega's drawings style themselves
  ])}
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<main id="content" tabindex="-1">
${withContents(body)}
${note}</main>
<noscript><p class="warning">The figures and the sorting of tables need scripts, which this browser does not run.</p></noscript>
${dataBlock('colors', colors)}
${pdfBlock}
${scripts.map((script) => ({ html: `<script>${script}</script>\n` }))}</body>
</html>
`;
  return whole.html;
}

/** In characters; a page that would be larger leaves the PDF out and says so. */
const LARGEST_PAGE = 1.5e6;

const LEFT_OUT = html`<p><small>The PDF of all figures is left out to keep this page small: <code>thalweg report --format pdf</code> writes it.</small></p>
`;

/** The heads of sections, and the links that figures have to themselves. */
const ADDRESSES =
  /<h2 id="([^"]+)">(.*?)<\/h2>|<a href="#([^"]+)" aria-label="Link to this figure: ([^"]*)">/gs;

/** The body with a list of its sections and figures after its header, or before everything where it has none. */
function withContents({ html: body }: Html): Html {
  const found = Array.from(body.matchAll(ADDRESSES), ([, section, head, figure, title]) => ({
    id: section ?? figure,
    text: head?.replace(/<[^>]*>/g, '') ?? title,
  }));
  const ids = new Set(found.map(({ id }) => id));
  const listed = found.filter(({ id }) => !ids.has(`${id}-title`));
  if (listed.length < 2) return { html: body };
  const heads = listed.map(({ id, text }) => `<li><a href="#${id}">${text}</a></li>`);
  const list = `<nav aria-label="Contents"><details open><summary>Contents</summary><ol>${heads.join('\n')}</ol></details></nav>`;
  const end = body.indexOf('</header>');
  const at = end < 0 ? 0 : end + '</header>'.length;
  return { html: `${body.slice(0, at)}\n${list}${body.slice(at)}` };
}

/** JSON that the page's script reads. It is never run, and cannot end its element early. */
function dataBlock(id: string, value: unknown): Html {
  const json = shortJson(value).replaceAll('<', '\\u003c');
  return html`<script type="application/json" id="${id}">${{ html: json }}</script>`;
}

export function hashOf(text: string): string {
  return `'sha256-${Buffer.from(sha256(text), 'hex').toString('base64')}'`;
}

/** Vega's minified build, which lies beside the module that its name resolves to. */
function vegaScript(): string {
  return inlined('vega.min.js', readFileSync(new URL('vega.min.js', import.meta.resolve('vega')), 'utf8'));
}

/**
 * The interpreter of Vega's expressions, without which they would have to be compiled, which the policy forbids. It is a
 * module of one import and one export: inlined, it takes the one from Vega and gives the other to it.
 */
function interpreterScript(): string {
  const name = 'vega-interpreter.js';
  const module = inlined(name, readFileSync(fileURLToPath(import.meta.resolve('vega-interpreter')), 'utf8'));
  const imports = /^import \{([^}]*)\} from 'vega-util';$/m;
  const exports = /^export \{ (\w+) as expressionInterpreter \};$/m;
  const rest = module.replace(imports, '').replace(exports, '');
  if (!imports.test(module) || !exports.test(module) || /^(import|export)\b/m.test(rest))
    throw new Error(`${name} cannot be inlined: it imports or exports other things than expected`);
  const script = module
    .replace(imports, 'const {$1} = vega;')
    .replace(exports, 'window.vegaExpressionInterpreter = $1;');
  return `(() => {\n${script}})();\n`;
}

function inlined(name: string, text: string): string {
  const script = text.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n');
  if (/<\/script|<!--/i.test(script)) throw new Error(`${name} cannot be inlined: it holds </script or <!--`);
  return script;
}
