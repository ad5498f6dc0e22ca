import type { Figure } from '../../src/report/figure.ts';

/** The spec of a figure without what all figures share: what its snapshot holds. */
export function drawing({ spec }: Figure) {
  const { $schema: _schema, config: _config, description: _description, ...own } = spec;
  return own;
}

/** The rows of a figure's data. */
export function dataOf({ spec }: Figure): Record<string, unknown>[] {
  return (spec.data as unknown as { values: Record<string, unknown>[] }).values;
}
