import { unknownName } from '../core/check.ts';
import type { Dataset } from '../data/dataset.ts';
import { catalog } from '../run/catalog.ts';
import { loadData } from '../run/execute.ts';
import type { RunSpec } from '../run/spec.ts';

/** `thalweg data get`: finds a data set (or downloads it), checks its bytes and says what it is. */
export async function dataCommand(name: string, options: { readonly dataDir?: string }): Promise<void> {
  const entry = Object.hasOwn(catalog.datasets, name) ? catalog.datasets[name] : undefined;
  if (entry === undefined) throw unknownName('data set', name, Object.keys(catalog.datasets));
  const dataset = await loadData({ kind: name, ...entry.defaults } as RunSpec['data'], options);
  const sources = dataset.sources === undefined ? '' : `\n  found in: ${dataset.sources.join(', ')}`;
  console.log(`${describeDataset(dataset)}\n  digest: ${dataset.digest}${sources}`);
}

/** `fashion5k, 4500 + 500 + 1000 images (training, validation, test) of 28x28x1 in 10 classes, 4.7 MB` */
export function describeDataset({ name, shape, classes, train, validation, test }: Dataset): string {
  const megabytes = [train, validation, test].reduce((sum, split) => sum + split.images.byteLength, 0) / 1e6;
  return (
    `${name}, ${train.count} + ${validation.count} + ${test.count} images (training, validation, test) ` +
    `of ${shape.H}x${shape.W}x${shape.C} in ${classes} classes, ${megabytes.toFixed(1)} MB`
  );
}
