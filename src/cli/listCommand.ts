import { unknownName } from '../core/check.ts';
import { canonicalJson } from '../core/json.ts';
import { type CatalogEntry, catalog } from '../run/catalog.ts';
import { type SpecKey, specKeys } from '../run/specKeys.ts';

/** The keys of a spec are listed under this name. */
const SPEC = 'spec';

/** `thalweg list`: a family of the catalog with options, defaults and sources. */
export function listCommand(family: string, { json = false }: { readonly json?: boolean }): void {
  if (family === SPEC) {
    console.log(
      json ? JSON.stringify(specKeys, null, 2) : Object.entries(specKeys).map(describeKey).join('\n'),
    );
    return;
  }
  const entries = Object.hasOwn(catalog, family) ? catalog[family] : undefined;
  if (entries === undefined) throw unknownName('family', family, [...Object.keys(catalog), SPEC]);
  console.log(json ? JSON.stringify(entries, null, 2) : Object.entries(entries).map(describe).join('\n'));
}

function describe([kind, entry]: [string, CatalogEntry]): string {
  const { summary, source, defaults, required, optional, dialects } = entry;
  const options = [
    ...required.map((name) => `${name} (required)`),
    ...Object.entries(defaults).map(([name, value]) => `${name} ${canonicalJson(value)}`),
    ...optional.map((name) => `${name} (optional)`),
  ];
  return [
    `${kind.padEnd(18)} ${summary}`,
    ...(options.length > 0 ? [`options: ${options.join(', ')}`] : []),
    ...(source === undefined ? [] : [`source: ${source}`]),
    ...Object.entries(dialects).map(([name, { differs }]) => `dialect ${kind}@${name}: ${differs}`),
  ].join(`\n${' '.repeat(19)}`);
}

function describeKey([path, { type, required, default: value, summary }]: [string, SpecKey]): string {
  const initial = required
    ? 'required'
    : value === undefined
      ? 'optional'
      : `default ${canonicalJson(value)}`;
  return [`${path.padEnd(22)} ${summary}`, `${type}; ${initial}`].join(`\n${' '.repeat(23)}`);
}
