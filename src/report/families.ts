import { splitKind } from '../run/schema.ts';

/** Families of optimizers, each with a hue of its own in the figures; the place in the list is that of the hue. */
export const FAMILIES = ['gradient', 'adam', 'adaptive', 'sign', 'matrix', 'rateFree'] as const;
export type Family = (typeof FAMILIES)[number];

/** What each kind of the catalog is a relative of. A user's optimizer has no family. */
const MEMBERS: Readonly<Record<Family, readonly string[]>> = {
  // a step along the gradient or a mean of gradients
  gradient: ['sgd', 'momentum', 'nesterov', 'qhm', 'aggmo', 'lars', 'asgd', 'sam'],
  // a mean of gradients over the root of a mean of squares
  adam: [
    ...['adam', 'adamw', 'amsgrad', 'adamax', 'nadam', 'nadamw', 'radam', 'adabelief', 'adan', 'ademamix'],
    ...[
      'adamMini',
      'adamAtan2',
      'adamp',
      'adopt',
      'laprop',
      'mars',
      'novograd',
      'adabound',
      'qhadam',
      'yogi',
    ],
    'lamb',
  ],
  // the gradient over the root of a sum or mean of squares
  adaptive: ['adagrad', 'rmsprop', 'adadelta', 'adafactor', 'ftrl', 'madgrad'],
  sign: ['signSgd', 'signum', 'lion', 'rprop'],
  // a matrix or a curvature
  matrix: ['muon', 'shampoo', 'soap', 'psgd', 'lbfgs', 'sophiaG', 'sophiaH', 'adahessian'],
  // finds its step size or needs no schedule
  rateFree: [
    ...['polyak', 'dog', 'prodigy', 'dadaptAdam', 'dadaptSgd', 'dadaptLion'],
    ...['scheduleFreeSgd', 'scheduleFreeAdamw', 'scheduleFreeRadam'],
  ],
};

const FAMILY_OF = new Map(
  FAMILIES.flatMap((family) => MEMBERS[family].map((kind) => [kind, family] as const)),
);

/** The family of an optimizer by its kind, whatever its dialect; null for a user's own. */
export function familyOf(kind: string): Family | null {
  return FAMILY_OF.get(splitKind(kind).name) ?? null;
}
