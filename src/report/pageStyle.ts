import { colorNames } from './palette.ts';

/** The style sheet of the report: one column of text, figures as wide as the window allows, light and dark. */
export const pageStyle = `
:root { color-scheme: light dark; ${variables('light')} }
@media screen and (prefers-color-scheme: dark) { :root { ${variables('dark')} } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 40px 24px 80px; }
h1 { font-size: 30px; line-height: 1.2; font-weight: 650; letter-spacing: -.01em; margin: 0 0 8px; text-wrap: balance; }
h2 { font-size: 20px; line-height: 1.3; font-weight: 650; margin: 56px 0 8px; }
p { margin: 0 0 12px; max-width: 74ch; }
h1, h2, p, dd, figcaption, td, th, li { overflow-wrap: anywhere; }
a { color: inherit; text-underline-offset: 3px; text-decoration-color: var(--muted); }
.question { font-size: 18px; color: var(--muted); }
.facts { display: flex; flex-wrap: wrap; gap: 4px 24px; list-style: none; margin: 20px 0 28px; padding: 12px 0; border-block: 1px solid var(--line); color: var(--muted); font-size: 14px; }
.facts b { color: var(--ink); font-weight: 600; font-variant-numeric: tabular-nums; }
.finding { font-size: 17px; }
.verdicts { display: flex; flex-wrap: wrap; gap: 8px; list-style: none; margin: 0 0 16px; padding: 0; font-size: 14px; }
.verdicts li { border: 1px solid var(--line); border-left: 4px solid var(--muted); border-radius: 4px; padding: 6px 10px; max-width: 46ch; }
.verdicts .better { border-left-color: var(--hue2); }
.verdicts .worse { border-left-color: var(--alert); }
.warning { border-left: 3px solid var(--alert); padding-left: 12px; }
.scroll { overflow-x: auto; margin: 16px 0 8px; }
a:focus-visible, select:focus-visible, pre:focus-visible, .scroll:focus-visible, button:focus-visible, summary:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; line-height: 1.4; font-variant-numeric: tabular-nums; }
th, td { padding: 8px 12px; text-align: right; vertical-align: top; border-bottom: 1px solid var(--line); white-space: nowrap; overflow-wrap: normal; }
thead th { white-space: normal; }
th { vertical-align: bottom; font-weight: 500; color: var(--muted); }
th:first-child, td:first-child { padding-left: 0; }
thead th:first-child, tbody th { position: sticky; left: 0; background: var(--page); }
tbody th { text-align: left; font-weight: 600; color: var(--ink); vertical-align: top; }
.text { text-align: left; }
tbody th, .wrap { white-space: normal; min-width: 9em; overflow-wrap: anywhere; }
.wrap { white-space: pre-wrap; min-width: 18em; }
small { display: block; color: var(--muted); font-size: 12px; }
.flag { color: var(--alert); }
th button { all: unset; cursor: pointer; padding: 2px 0; }
th button:hover { color: var(--ink); }
th button::after { content: "\\2195"; opacity: .35; padding-left: 4px; }
th[aria-sort=ascending] button::after { content: "\\2191"; opacity: 1; }
th[aria-sort=descending] button::after { content: "\\2193"; opacity: 1; }
figure { margin: 16px 0 0; }
figcaption { color: var(--muted); font-size: 14px; line-height: 1.5; max-width: 90ch; margin-top: 8px; }
.plot { min-height: 120px; overflow-x: auto; overflow-y: hidden; }
.plot svg { display: block; }
.plot .mark-rect path { shape-rendering: crispEdges; }
.controls, .legend { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 14px; margin: 0 0 8px; font-size: 13px; color: var(--muted); }
.legend { gap: 4px; }
select, .toggle, .entry { font: inherit; color: var(--ink); background: var(--page); border: 1px solid var(--line); border-radius: 5px; padding: 3px 7px; min-height: 28px; max-width: 100%; }
.toggle, .entry { cursor: pointer; }
.toggle[aria-pressed=true] { background: var(--panel); border-color: var(--muted); }
.entry { display: inline-flex; align-items: center; gap: 6px; border-color: transparent; text-align: left; overflow-wrap: anywhere; }
.entry svg { flex: none; }
.entry:hover, .entry:focus-visible { border-color: var(--line); }
.entry[aria-pressed=false] { color: var(--muted); text-decoration: line-through; }
.entry[aria-pressed=false] svg { opacity: .25; }
.note { font-size: 13px; color: var(--muted); margin: 4px 0 0; }
.note:empty { display: none; }
.files { font-size: 12px; color: var(--muted); margin: 6px 0 0; display: flex; flex-wrap: wrap; gap: 2px 12px; }
.files a { padding: 3px 0; }
.tip { position: absolute; z-index: 2; max-width: min(340px, 90vw); padding: 6px 9px; background: var(--page); color: var(--ink); border: 1px solid var(--muted); border-radius: 5px; font-size: 12px; line-height: 1.4; white-space: pre-line; overflow-wrap: anywhere; pointer-events: none; }
.tip[hidden] { display: none; }
.skip { position: absolute; left: 8px; top: -60px; z-index: 3; padding: 8px 12px; background: var(--page); border: 1px solid var(--muted); border-radius: 5px; }
.skip:focus { top: 8px; }
main:focus { outline: none; }
nav { margin: 0 0 24px; font-size: 14px; }
nav summary { color: var(--muted); }
nav ol { list-style: none; margin: 4px 0 0; padding: 0; columns: 240px 4; column-gap: 24px; }
nav li { break-inside: avoid; padding: 2px 0; }
figure, section, h2 { scroll-margin-top: 12px; }
pre { background: var(--panel); border-radius: 6px; padding: 12px 14px; overflow-x: auto; font: 13px/1.5 ui-monospace, "SF Mono", Menlo, "DejaVu Sans Mono", monospace; margin: 8px 0 16px; }
code { font-family: ui-monospace, "SF Mono", Menlo, "DejaVu Sans Mono", monospace; font-size: .9em; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 6px 24px; margin: 16px 0; font-size: 14px; }
dt { color: var(--muted); }
dd { margin: 0; }
details { margin: 4px 0; font-size: 14px; }
summary { cursor: pointer; padding: 4px 0; }
@media (max-width: 560px) {
  main { padding: 24px 16px 56px; }
  h1 { font-size: 25px; }
  h2 { margin-top: 44px; }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dd { margin-bottom: 10px; }
}
@page { margin: 15mm 14mm; }
@media print {
  :root { color-scheme: light; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  nav, .skip, .controls, .files, .tip, details:not([open]), p:has(+ details:not([open])) { display: none; }
  h2 { margin-top: 24px; break-after: avoid; }
  figure, tr, .facts, .finding, .warning { break-inside: avoid; }
  section:has(> figure) { break-inside: avoid; }
  thead { display: table-header-group; }
  thead th:first-child, tbody th { position: static; }
  th button::after { content: none; }
  .scroll, .plot, pre { overflow: visible; }
  pre, pre code { white-space: pre-wrap; overflow-wrap: anywhere; }
  table { font-size: 9pt; }
  th, td { padding: 4px 6px; white-space: normal; }
  .plot svg { max-width: 100%; height: auto; }
}
`;

function variables(scheme: 'light' | 'dark'): string {
  const panel = scheme === 'light' ? '#f5f6f8' : '#1d2126';
  const named = colorNames().map((color) => `${color.name}: ${color[scheme]};`);
  return `${named.join(' ')} --focus: var(--hue0); --panel: ${panel};`;
}
