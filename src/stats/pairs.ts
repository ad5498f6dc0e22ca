import { checkSameLength, checkSample } from './checkSample.ts';

/**
 * a_i - b_i of paired runs. Two runs that both diverged are equally bad: their difference is 0; one that diverged
 * against one that did not is Infinity or -Infinity. Throws on NaN and on samples of different lengths.
 */
export function pairedDifferences(a: readonly number[], b: readonly number[]): number[] {
  checkSameLength('pairs', a, b);
  checkSample('first arm of the pairs', a, 0);
  checkSample('second arm of the pairs', b, 0);
  return a.map((value, i) => (value === b[i] ? 0 : value - b[i]));
}
