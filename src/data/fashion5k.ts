import { InvalidInput } from '../core/check.ts';
import { pathOf } from '../core/host.ts';
import { readVerified } from './dataFile.ts';
import type { Dataset } from './dataset.ts';
import type { DataFile } from './fileSets.ts';
import { decodeIdx } from './idx.ts';
import { imageDataset } from './split.ts';

/** The committed files, in the format and under the names of the full set. Written by scripts/goldens/fashion5k.ts. */
export const FASHION_5K_FOLDER = new URL('./assets/fashion-5k/', import.meta.url);

export const FASHION_5K_FILES = {
  trainImages: {
    name: 'train-images-idx3-ubyte',
    bytes: 3920016,
    checksum: 'sha256:444ed5f7ce17397f236f5eba17dd507d3f6912f04edd3e4f1701cdf82f2cc0c5',
  },
  trainLabels: {
    name: 'train-labels-idx1-ubyte',
    bytes: 5008,
    checksum: 'sha256:35d691216f65485d010cc635af5574a9dc04aa5060de9be64ab6e5cb5ead38e9',
  },
  testImages: {
    name: 't10k-images-idx3-ubyte',
    bytes: 784016,
    checksum: 'sha256:7cee33c3c6414b1b86c25e665a6c4f41584269de3b7cc9768b1d351922845eef',
  },
  testLabels: {
    name: 't10k-labels-idx1-ubyte',
    bytes: 1008,
    checksum: 'sha256:3128d790775889812b73c4f13923559c8b9e281d112c6ea7862acf60a206a909',
  },
} as const satisfies Record<string, DataFile>;

/**
 * A part of Fashion-MNIST (Xiao, Rasul, Vollgraf 2017, arXiv:1708.07747; MIT licence) that comes with thalweg: of each
 * of the 10 classes the first 500 training images and the first 100 test images, 28x28x1, in the original order. Test
 * errors are not those of the full set's 10,000 test images: one standard error at 85 % is 1.1 points.
 *
 * `validation` of the 5,000 training images are set aside, the same number of each class.
 * @throws InvalidInput if `validation` is not a multiple of 10 from 10 to 4990, or if an installed file is damaged.
 */
export function loadFashion5k(
  { validation = 500 }: { readonly validation?: number | undefined } = {},
  folder: URL = FASHION_5K_FOLDER,
): Dataset {
  const { trainImages, trainLabels, testImages, testLabels } = FASHION_5K_FILES;
  const train = { images: readAsset(trainImages, folder), labels: readAsset(trainLabels, folder) };
  const test = { images: readAsset(testImages, folder), labels: readAsset(testLabels, folder) };
  return imageDataset(
    { name: 'fashion5k', shape: { H: 28, W: 28, C: 1 }, classes: 10, train, test },
    validation,
  );
}

function readAsset(file: DataFile, folder: URL): Uint8Array {
  const path = pathOf(new URL(`${file.name}.gz`, folder));
  const verified = readVerified(path, file);
  if ('content' in verified) return decodeIdx(verified.content, path).data;
  throw new InvalidInput(`invalid data file ${path}: ${verified.problem}; install thalweg anew`);
}
