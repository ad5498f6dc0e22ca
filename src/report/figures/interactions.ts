import type { Compared } from '../compared.ts';
import { crossedOf } from '../crossed.ts';
import type { Figure } from '../figure.ts';
import { interactionMaps } from './interactionMaps.ts';
import { mainEffects } from './mainEffects.ts';

/** Effects of crossed factors: none where the experiment chose the settings by itself, since trials are points of a space and no cells. */
export function interactionFigures({
  methods,
  isDecided,
  chosenBy,
}: Pick<Compared, 'methods' | 'isDecided' | 'chosenBy'>): Figure[] {
  const crossed = isDecided ? null : crossedOf(methods, chosenBy);
  return crossed === null ? [] : [mainEffects(crossed, chosenBy), ...interactionMaps(crossed, chosenBy)];
}
