import { InvalidInput } from '../core/check.ts';
import { requireFinite } from './requirements.ts';

/** Values of a full factorial design, row-major over the factors and then the replicates. */
export interface Factorial {
  /** Names of the crossed factors, such as init, order, augmentation. */
  readonly factors: readonly string[];
  /** Number of levels of every factor. */
  readonly levels: readonly number[];
  /** Values in every cell; 1 if the design has no replicates. */
  readonly replicates: number;
  readonly values: readonly number[];
}

/** One source of variance. */
export interface VarianceComponent {
  /** The factors whose combination it is: ['init'], ['init', 'order']; [] is the residual. */
  readonly factors: readonly string[];
  readonly degreesOfFreedom: number;
  readonly meanSquare: number;
  /** The estimate, 0 if it came out negative. */
  readonly variance: number;
  /** The estimate came out negative: the true component is small against the others. */
  readonly negative: boolean;
  /** Part of the sum of all components; NaN if that is 0. */
  readonly share: number;
}

/**
 * Splits the variance of a result over crossed random factors and their interactions by the method of moments: the
 * mean squares of the analysis of variance are set equal to their expectations under the random-effects model,
 *
 *     E MS_S = var_e + sum over T containing S of c_T var_T,   c_T = number of values / number of cells of T
 *
 * and solved (Searle, Casella and McCulloch 1992, chapter 4): c_S var_S = sum over T containing S of (-1)^(|T| - |S|)
 * MS_T, less MS_e for the combination of all factors. Without replicates that combination cannot be told from the
 * residual and is reported as it. Components in the order of the factors, then pairs, ..., residual last. Estimates
 * below 0 are reported as 0 with a flag, not hidden. Throws if a factor has one level only, the numbers do not fit,
 * or a value is not finite.
 */
export function varianceComponents(design: Factorial): VarianceComponent[] {
  checkDesign(design);
  const { factors, levels, replicates, values } = design;
  const full = 2 ** factors.length - 1;
  const meanSquares = squares(levels, values);
  const residual = replicates > 1 ? meanSquareWithin(values, replicates) : meanSquares[full];
  const raw = subsetsBySize(full, replicates === 1).map((set) => {
    const cells = levels.reduce((product, n, f) => (set & (1 << f) ? product * n : product), 1);
    let sum = set === full ? -residual : 0;
    for (let over = set; over <= full; over++)
      if ((over & set) === set) sum += bits(over ^ set) % 2 === 0 ? meanSquares[over] : -meanSquares[over];
    return {
      factors: factors.filter((_, f) => set & (1 << f)),
      degreesOfFreedom: freedom(levels, set),
      meanSquare: meanSquares[set],
      variance: (sum * cells) / values.length,
    };
  });
  const within = values.length - values.length / replicates;
  raw.push({
    factors: [],
    degreesOfFreedom: replicates > 1 ? within : freedom(levels, full),
    meanSquare: residual,
    variance: residual,
  });
  const total = raw.reduce((sum, { variance }) => sum + Math.max(0, variance), 0);
  return raw.map((component) => {
    const variance = Math.max(0, component.variance);
    return { ...component, variance, negative: component.variance < 0, share: variance / total };
  });
}

/** The sets of factors as bit masks, by size and then by number, without the empty one (and without the full one). */
function subsetsBySize(full: number, withoutFull: boolean): number[] {
  const sets = Array.from({ length: full }, (_, i) => i + 1).filter((set) => !(withoutFull && set === full));
  return sets.toSorted((a, b) => bits(a) - bits(b) || a - b);
}

/** MS_S of every set S of factors: the effects are means minus all effects of smaller sets. */
function squares(levels: readonly number[], values: readonly number[]): Float64Array {
  const full = 2 ** levels.length - 1;
  const perCell = values.length / levels.reduce((product, n) => product * n, 1);
  const result = new Float64Array(full + 1);
  const effects: Float64Array[] = [];
  // numbers ascend from subsets to supersets: what has to be subtracted is there
  for (let set = 0; set <= full; set++) {
    const cellOf = (i: number) => cellIndex(levels, Math.floor(i / perCell), set);
    const cells = levels.reduce((product, n, f) => (set & (1 << f) ? product * n : product), 1);
    const sums = new Float64Array(cells);
    for (let i = 0; i < values.length; i++) {
      let rest = values[i];
      for (let under = 0; under < set; under++)
        if ((under & set) === under)
          rest -= effects[under][cellIndex(levels, Math.floor(i / perCell), under)];
      sums[cellOf(i)] += rest;
    }
    effects.push(sums.map((sum) => (sum * cells) / values.length));
    const squared = effects[set].reduce((sum, effect) => sum + effect * effect, 0) * (values.length / cells);
    result[set] = squared / freedom(levels, set);
  }
  return result;
}

/** Row-major index of a cell among the levels of the factors in `set`. */
function cellIndex(levels: readonly number[], cell: number, set: number): number {
  let index = 0;
  let stride = 1;
  let rest = cell;
  for (let f = levels.length - 1; f >= 0; f--) {
    const level = rest % levels[f];
    rest = Math.floor(rest / levels[f]);
    if ((set & (1 << f)) === 0) continue;
    index += level * stride;
    stride *= levels[f];
  }
  return index;
}

function meanSquareWithin(values: readonly number[], replicates: number): number {
  let sum = 0;
  for (let start = 0; start < values.length; start += replicates) {
    const cell = values.slice(start, start + replicates);
    const mean = cell.reduce((total, value) => total + value, 0) / replicates;
    for (const value of cell) sum += (value - mean) * (value - mean);
  }
  return sum / (values.length - values.length / replicates);
}

function freedom(levels: readonly number[], set: number): number {
  return levels.reduce((product, n, f) => (set & (1 << f) ? product * (n - 1) : product), 1);
}

function bits(set: number): number {
  let count = 0;
  for (let rest = set; rest > 0; rest >>= 1) count += rest & 1;
  return count;
}

function checkDesign({ factors, levels, replicates, values }: Factorial): void {
  if (factors.length === 0 || factors.length !== levels.length)
    throw new InvalidInput(
      `invalid design: got ${factors.length} factors and ${levels.length} numbers of levels, expected as many, at least one`,
    );
  for (const [f, n] of levels.entries())
    if (!(Number.isInteger(n) && n >= 2))
      throw new InvalidInput(
        `invalid design: got ${n} levels of ${factors[f]}, expected at least 2; leave out a factor that does not vary`,
      );
  const cells = levels.reduce((product, n) => product * n, 1);
  if (!(Number.isInteger(replicates) && replicates >= 1) || values.length !== cells * replicates)
    throw new InvalidInput(
      `invalid design: got ${values.length} values, expected ${cells} cells x ${replicates} replicates; every combination needs as many runs`,
    );
  if (factors.length === 1 && replicates === 1)
    throw new InvalidInput(
      'invalid design: got one factor without replicates, expected at least 2 values in a cell; there is nothing to compare its variance with',
    );
  requireFinite('values of the design', values, 1);
}
