/**
 * A mistake in what the user gave: a spec, an option, a file. The message says what was got, what was
 * expected and the way out; the command line prints it without a stack trace and exits with 2.
 */
export class InvalidInput extends Error {
  override readonly name = 'InvalidInput';
}

/** `known` values in the order of their likeness to `got`: the best guess of a misspelt name first. */
export function nearest(got: string, known: readonly string[]): string[] {
  const meant = OTHER_NAMES[got];
  return known
    .map((name) => ({
      name,
      distance: name === meant ? -1 : editDistance(got.toLowerCase(), name.toLowerCase()),
    }))
    .sort((a, b) => a.distance - b.distance)
    .map(({ name }) => name);
}

/** What other libraries call an option, which no misspelling leads to. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  lr: 'learningRate',
  wd: 'weightDecay',
  bs: 'batchSize',
  at: 'after',
};

/** `unknown optimizer: adm, known: adam, adamw, …; did you mean adam?` */
export function unknownName(what: string, got: string, known: readonly string[]): InvalidInput {
  const meant = OTHER_NAMES[got];
  if (meant !== undefined && known.includes(meant))
    return new InvalidInput(`unknown ${what}: ${got}, known: ${known.join(', ')}; did you mean ${meant}?`);
  const [guess] = nearest(got, known);
  const hint =
    guess !== undefined && editDistance(got.toLowerCase(), guess.toLowerCase()) <= Math.max(2, got.length / 3)
      ? `; did you mean ${guess}?`
      : '';
  return new InvalidInput(`unknown ${what}: ${got}, known: ${known.join(', ')}${hint}`);
}

/** Levenshtein's distance: insertions, deletions and substitutions count one each. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      current[j] = Math.min(
        previous[j] + 1,
        current[j - 1] + 1,
        previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1),
      );
    }
    previous = current;
  }
  return previous[b.length];
}
