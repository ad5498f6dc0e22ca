/** A number of a record. A run that diverged or failed has Infinity, and so has one whose value is NaN. */
export interface Metric {
  readonly split: 'train' | 'validation' | 'test';
  readonly measure: 'loss' | 'error';
  /** The last evaluation, or the smallest value of all after the first step. */
  readonly at: 'final' | 'best';
}
