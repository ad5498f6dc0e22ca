import { InvalidInput } from '../core/check.ts';
import { sha256 } from '../core/hash.ts';
import { sharedBytes } from '../core/host.ts';
import { allocateOrExplain } from '../core/memory.ts';
import { elementsOf, formatShape, type Shape } from '../core/shape.ts';
import type { Dataset, Split } from './dataset.ts';

/** Labelled images as a file holds them, before they are split. */
export interface LabelledImages {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

/** A split of `count` images in shared memory, to be filled. */
export function allocateSplit(count: number, shape: Shape): Split {
  const bytes = (length: number, what: string) => allocateOrExplain(length, what, () => sharedBytes(length));
  const what = `a part of the data set with ${count} images`;
  return { count, images: bytes(count * elementsOf(shape), what), labels: bytes(count, what) };
}

/** The images at `indices`, in that order. */
export function takeSplit(source: LabelledImages, shape: Shape, indices: Int32Array): Split {
  const split = allocateSplit(indices.length, shape);
  const size = elementsOf(shape);
  for (const [n, index] of indices.entries()) {
    split.images.set(source.images.subarray(index * size, (index + 1) * size), n * size);
    split.labels[n] = source.labels[index];
  }
  return split;
}

/**
 * Sets aside `count` of the training images for validation: of each class the last `count / classes`. Both parts keep
 * the order of the file. No randomness, so every seed of a sweep validates on the same images.
 * @throws InvalidInput if `count` is not a positive multiple of `classes`, or leaves a class without training images.
 */
export function splitBalanced(
  labels: Uint8Array,
  classes: number,
  count: number,
): { train: Int32Array; validation: Int32Array } {
  const perClass = count / classes;
  const left = countLabels(labels, classes);
  const most = (Math.min(...left) - 1) * classes;
  if (!Number.isInteger(perClass) || count <= 0 || count > most) {
    throw new InvalidInput(
      `invalid validation: got ${count}, expected a multiple of ${classes} from ${classes} to ${most}: the same number of images of each class`,
    );
  }
  const train: number[] = [];
  const validation: number[] = [];
  for (const [i, label] of labels.entries()) {
    (left[label] > perClass ? train : validation).push(i);
    left[label]--;
  }
  return { train: Int32Array.from(train), validation: Int32Array.from(validation) };
}

function countLabels(labels: Uint8Array, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const [i, label] of labels.entries()) {
    if (label >= classes) {
      throw new InvalidInput(`invalid label: got ${label} at image ${i}, expected 0 to ${classes - 1}`);
    }
    counts[label]++;
  }
  return counts;
}

/** A data set from a training and a test part: sets validation aside ({@link splitBalanced}) and copies all to shared memory. */
export function imageDataset(
  parts: Pick<Dataset, 'name' | 'shape' | 'classes'> & { train: LabelledImages; test: LabelledImages },
  validation: number,
): Dataset {
  const { name, shape, classes, train, test } = parts;
  const indices = splitBalanced(train.labels, classes, validation);
  return createDataset({
    name,
    shape,
    classes,
    train: takeSplit(train, shape, indices.train),
    validation: takeSplit(train, shape, indices.validation),
    test: takeSplit(test, shape, Int32Array.from(test.labels.keys())),
  });
}

/** A data set from its splits: adds the normalisation and the digest. */
export function createDataset(parts: Omit<Dataset, 'mean' | 'std' | 'digest'>): Dataset {
  const { shape, classes, train, validation, test } = parts;
  const digest = sha256(
    `${formatShape(shape)} ${classes} ${train.count} ${validation.count} ${test.count}`,
    ...[train, validation, test].flatMap((split) => [split.images, split.labels]),
  );
  return { ...parts, ...channelStatistics(train.images, shape.C), digest };
}

/**
 * Mean and standard deviation (divisor n) of byte / 255 for each channel, rounded to 4 decimals. The sums are whole
 * numbers and exact, so the result does not depend on the order of the images.
 * @throws InvalidInput if a channel is constant: it cannot be normalised.
 */
export function channelStatistics(images: Uint8Array, channels: number): { mean: number[]; std: number[] } {
  const mean: number[] = [];
  const std: number[] = [];
  const n = images.length / channels;
  for (let c = 0; c < channels; c++) {
    let sum = 0;
    let squares = 0;
    for (let i = c; i < images.length; i += channels) {
      sum += images[i];
      squares += images[i] * images[i];
    }
    // n^2 var = n sum x^2 - (sum x)^2 is beyond 2^53 for large sets
    const variance = Number(BigInt(n) * BigInt(squares) - BigInt(sum) * BigInt(sum));
    mean.push(Math.round((sum / n / 255) * 10000) / 10000);
    std.push(Math.round((Math.sqrt(variance) / n / 255) * 10000) / 10000);
    if (std[c] === 0) {
      throw new InvalidInput(
        `invalid images: got the same value everywhere in channel ${c}, expected pictures`,
      );
    }
  }
  return { mean, std };
}
