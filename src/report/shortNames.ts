/** A word of this length or less is not abbreviated. */
const SHORT_WORD = 5;

/**
 * The labels in at most `width` characters each, still distinct. If one is too long, all lose the parts that they
 * share; then keys and kinds are abbreviated (`globalNorm`: `gloNor`), in all where that is enough; as a last resort a
 * name is cut and numbered by its place: `3: adam, clip glo…`.
 */
export function shortNames(labels: readonly string[], width: number): string[] {
  const fits = (name: string) => name.length <= width;
  if (labels.every(fits)) return [...labels];
  const distinguishing = withoutShared(labels);
  if (distinguishing.every(fits)) return distinguishing;
  const abbreviated = distinguishing.map(abbreviate);
  if (abbreviated.every(fits) && new Set(abbreviated).size === labels.length) return abbreviated;
  const names = distinguishing.map((name) => (fits(name) ? name : abbreviate(name)));
  if (labels.length === 1) return [cut(names[0], width)];
  const numbered = distinguishing.map((name, i) => cut(`${i + 1}: ${name}`, width));
  const occurs = new Map<string, number>();
  for (const name of names) occurs.set(name, (occurs.get(name) ?? 0) + 1);
  return names.map((name, i) => (fits(name) && occurs.get(name) === 1 ? name : numbered[i]));
}

/** Drops the parts that all labels have, where each keeps one. */
function withoutShared(labels: readonly string[]): string[] {
  const parts = labels.map((label) => label.split(', '));
  const shared = parts[0].filter((part) => parts.every((others) => others.includes(part)));
  const kept = parts.map((list) => list.filter((part) => !shared.includes(part)).join(', '));
  return kept.includes('') ? [...labels] : kept;
}

/** Three letters of each hump of a long word; the first word of a label, most often the method, stays. */
function abbreviate(label: string): string {
  const [first, ...others] = label.split(/(?<= )/);
  return [first, ...others.map((word) => word.replace(/[A-Za-z]+/g, shortWord))].join('');
}

function shortWord(word: string): string {
  if (word.length <= SHORT_WORD) return word;
  return word
    .split(/(?=[A-Z])/)
    .map((hump) => hump.slice(0, 3))
    .join('');
}

function cut(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}
