import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sha256 } from '../core/hash.ts';
import { compileFigure, type Figure } from './figure.ts';
import { pageScript } from './pageScript.ts';
import { pageStyle } from './pageStyle.ts';
import { darkColors } from './palette.ts';

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

/** A figure with its caption; the compiled spec stands beside it as data. */
export function figureBlock(figure: Figure): Html {
  return html`<figure id="${figure.id}">
<div class="plot" data-spec="spec-${figure.id}" data-name="${figure.id}"></div>
<figcaption>${figure.caption}</figcaption>
${dataBlock(`spec-${figure.id}`, compileFigure(figure))}
</figure>`;
}

/**
 * One file that needs nothing else: the libraries are inlined, and the content security policy forbids it to load
 * anything or to run any script but these three.
 */
export function page(title: string, body: Html): string {
  const scripts = [
    packageFile('vega', 'vega.min.js'),
    packageFile('vega-embed', 'vega-embed.min.js'),
    pageScript,
  ];
  const hashes = scripts.map((script) => `'sha256-${Buffer.from(sha256(script), 'hex').toString('base64')}'`);
  const policy = [
    "default-src 'none'",
    `script-src ${hashes.join(' ')}`,
    "style-src 'unsafe-inline'", // the charts and their menus style themselves
    'img-src data: blob:', // saving a chart as PNG
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${{ html: pageStyle }}</style>
</head>
<body>
<main>
${body}
</main>
${dataBlock('dark-colors', darkColors())}
${scripts.map((script) => ({ html: `<script>${script}</script>\n` }))}</body>
</html>
`;
  return document.html;
}

/** Six significant digits draw the same picture in half the room; whole numbers, such as steps, stay exact. */
function shortNumber(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
}

/** JSON that the page's script reads. It is never run, and cannot end its element early. */
function dataBlock(id: string, value: unknown): Html {
  const json = JSON.stringify(value, shortNumber).replaceAll('<', '\\u003c');
  return html`<script type="application/json" id="${id}">${{ html: json }}</script>`;
}

/** A minified file of a package, which lies beside the module that its name resolves to. */
function packageFile(name: string, file: string): string {
  const text = readFileSync(fileURLToPath(new URL(file, import.meta.resolve(name))), 'utf8');
  const script = text.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n');
  if (/<\/script|<!--/i.test(script))
    throw new Error(`${name}/${file} cannot be inlined: it holds </script or <!--`);
  return script;
}
