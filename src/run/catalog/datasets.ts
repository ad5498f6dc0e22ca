import { z } from 'zod';
import type { Dataset } from '../../data/dataset.ts';
import { FASHION_5K_FILES, loadFashion5k } from '../../data/fashion5k.ts';
import { CIFAR_10, contentOf, FASHION_MNIST, MNIST } from '../../data/fileSets.ts';
import { loadCifar10, loadFashionMnist, loadMnist } from '../../data/imageFiles.ts';
import { SYNTH_GLYPHS_CONTENT, synthGlyphs } from '../../data/synthGlyphs.ts';
import { whole } from '../numbers.ts';
import { describeValue, row } from '../schema.ts';
import { problemDatasets } from './problems.ts';

/** Where to look for files first; see data/locate.ts for the rest of the order. */
export interface DataOptions {
  readonly dataDir?: string | undefined;
}

/**
 * The SHA-256 that a spec names its data by, so that the id of a run covers them: of the checksums of the files, or of the generator.
 * There is one that this version has, and no way to ask for another.
 */
const content = (digest: string) => ({
  content: z
    .literal(digest, {
      error: ({ input }) =>
        `got ${describeValue(input)}, expected "${digest}", the content that this version of thalweg has: leave it out, ` +
        'or take the version that the spec was written with',
    })
    .default(digest),
});

const validation = (count: number) => ({ validation: whole(10).default(count) });

export const datasets = {
  fashion5k: row({
    summary:
      'Fashion-MNIST, 5,000 training and 1,000 test images of 28x28, class-balanced; comes with the package',
    source: 'Xiao, Rasul and Vollgraf 2017 (MIT)',
    options: { ...validation(500), ...content(contentOf(Object.values(FASHION_5K_FILES))) },
    create: async ({ content: _, ...options }, _where: DataOptions): Promise<Dataset> =>
      loadFashion5k(options),
  }),
  synthGlyphs: row({
    summary: 'procedural stroke glyphs, ten classes; needs no file',
    source: 'this project, docs/data.md',
    options: {
      level: z.enum(['easy', 'medium', 'default']).default('default'),
      size: z.literal([16, 28]).default(16),
      train: whole(10).default(4000),
      ...validation(500),
      test: whole(10).default(1000),
      seed: whole(0).default(1),
      ...content(SYNTH_GLYPHS_CONTENT),
    },
    create: async ({ content: _, ...options }, _where: DataOptions): Promise<Dataset> => synthGlyphs(options),
  }),
  mnist: row({
    summary: 'MNIST, 60,000 training and 10,000 test digits of 28x28',
    source: 'LeCun et al. 1998',
    options: { ...validation(5000), ...content(contentOf(MNIST.files)) },
    create: ({ content: _, ...options }, where: DataOptions) => loadMnist({ ...options, ...where }),
  }),
  fashionMnist: row({
    summary: 'Fashion-MNIST, 60,000 training and 10,000 test images of 28x28',
    source: 'Xiao, Rasul and Vollgraf 2017',
    options: { ...validation(5000), ...content(contentOf(FASHION_MNIST.files)) },
    create: ({ content: _, ...options }, where: DataOptions) => loadFashionMnist({ ...options, ...where }),
  }),
  cifar10: row({
    summary: 'CIFAR-10, 50,000 training and 10,000 test colour images of 32x32',
    source: 'Krizhevsky 2009',
    options: { ...validation(5000), ...content(contentOf(CIFAR_10.files)) },
    create: ({ content: _, ...options }, where: DataOptions) => loadCifar10({ ...options, ...where }),
  }),
};

/** Everything that a spec may have as its data: images, or a problem for the model `point`. */
export const allData = { ...datasets, ...problemDatasets };
