import { InvalidInput, unknownName } from '../core/check.ts';
import { sha256 } from '../core/hash.ts';
import { stream } from '../core/rng.ts';
import type { Dataset, Split } from './dataset.ts';
import { GLYPH_CLASSES, type GlyphParameters, renderGlyph } from './glyphs.ts';
import { allocateSplit, createDataset } from './split.ts';

// biome-ignore format: levels are compared column by column
export const GLYPH_LEVELS = {
  easy: {
    rotation: 0.05, scale: 0.9, shear: 0.05, shift: 0.05, jitter: 0.02, stroke: [0.14, 0.16], contrast: [0.8, 0.9],
    light: 0, inverted: 0, clutter: 0, noise: 0.05, cloud: 0,
  },
  medium: {
    rotation: 0.2, scale: 0.6, shear: 0.25, shift: 0.25, jitter: 0.06, stroke: [0.1, 0.18], contrast: [0.45, 0.9],
    light: 0.15, inverted: 0, clutter: 0, noise: 0.12, cloud: 0.15,
  },
  default: {
    rotation: 0.2, scale: 0.6, shear: 0.25, shift: 0.25, jitter: 0.06, stroke: [0.1, 0.18], contrast: [0.45, 0.9],
    light: 0.15, inverted: 0.5, clutter: 2, noise: 0.12, cloud: 0.15,
  },
} as const satisfies Record<string, GlyphParameters>;

/**
 * What the images are a function of beside their options. Whoever changes the bytes of any level, or of any size, raises the version;
 * `golden` is the digest of the set of all defaults.
 */
export const SYNTH_GLYPHS = {
  version: 1,
  golden: 'd330eac95e724a833fe225505b117a32d2010509287cd9839e47e945898341cc',
} as const;

/** Names the generator in a spec: SHA-256 of {@link SYNTH_GLYPHS}. */
export const SYNTH_GLYPHS_CONTENT: string = sha256(
  `synthGlyphs ${SYNTH_GLYPHS.version} ${SYNTH_GLYPHS.golden}`,
);

export interface SynthGlyphsOptions {
  readonly level?: keyof typeof GLYPH_LEVELS | undefined;
  /** Rows and columns. */
  readonly size?: 16 | 28 | undefined;
  /** Numbers of images. Classes take turns, so multiples of 10 are balanced. */
  readonly train?: number | undefined;
  readonly validation?: number | undefined;
  readonly test?: number | undefined;
  /** Names the set of images. It is not the seed of a run: runs of different seeds see the same data. */
  readonly seed?: number | undefined;
}

/**
 * A procedural classification task that needs no file: ten glyphs of three or four strokes that share their parts, under
 * random affine maps, stroke widths, contrast, light, clutter and noise; one grey channel. `default` cannot be solved by
 * a linear model, because half the glyphs are dark on bright; `easy` is a fixture that everything should solve.
 *
 * After MNIST-1D (Greydanus and Kobak 2024, arXiv:2011.14439): templates under nuisances, in two dimensions.
 *
 * An image is a pure function of (level, size, seed, split, index), each split with a random stream of its own: the first
 * images of a larger set are those of a smaller one, and no split draws from another.
 * @throws InvalidInput if a count is not a positive whole number, or the size or the level is not a known one.
 */
export function synthGlyphs(options: SynthGlyphsOptions = {}): Dataset {
  const { level = 'default', size = 16, seed = 1, train = 4000, validation = 500, test = 1000 } = options;
  if (!Object.hasOwn(GLYPH_LEVELS, level)) throw unknownName('level', level, Object.keys(GLYPH_LEVELS));
  if (size !== 16 && size !== 28) throw new InvalidInput(`invalid size: got ${size}, expected 16 or 28`);
  for (const [name, count] of Object.entries({ train, validation, test })) {
    if (Number.isInteger(count) && count > 0) continue;
    throw new InvalidInput(`invalid ${name}: got ${count} images, expected a positive whole number`);
  }
  const render = (name: string, count: number) => renderSplit(GLYPH_LEVELS[level], size, seed, name, count);
  return createDataset({
    name: 'synthGlyphs',
    shape: { H: size, W: size, C: 1 },
    classes: GLYPH_CLASSES,
    train: render('train', train),
    validation: render('validation', validation),
    test: render('test', test),
  });
}

function renderSplit(
  parameters: GlyphParameters,
  size: number,
  seed: number,
  name: string,
  count: number,
): Split {
  const split = allocateSplit(count, { H: size, W: size, C: 1 });
  const images = stream(seed, `synthGlyphs/${name}`);
  for (let index = 0; index < count; index++) {
    split.labels[index] = index % GLYPH_CLASSES;
    const image = split.images.subarray(index * size * size, (index + 1) * size * size);
    renderGlyph(image, size, split.labels[index], parameters, images.at(index));
  }
  return split;
}
