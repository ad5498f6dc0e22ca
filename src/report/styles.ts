import { FAMILIES, familyOf } from './families.ts';
import { light } from './palette.ts';

/** How a method is drawn: a hue for its family, a dash for the member. */
export interface Style {
  readonly hue: string;
  /** Lengths of strokes and gaps in pixels; none is a solid line. */
  readonly dash: readonly number[];
}

const DASHES: readonly (readonly number[])[] = [[], [7, 3], [2, 2], [9, 2, 2, 2], [4, 2], [12, 4]];

/**
 * The styles of methods, given the optimizer of each. Optimizers of several families have the hue of their family, those of one family are
 * told apart by dash. Where all methods are of one family its hue would say nothing: up to six have a hue each then, more have one
 * an optimizer while the hues suffice.
 */
export function stylesOf(optimizers: readonly string[]): Style[] {
  const groups = optimizers.map(groupOf);
  if (new Set(groups).size > 1) {
    return groups.map((group, i) => {
      const member = groups.slice(0, i).filter((other) => other === group).length;
      return { hue: group, dash: DASHES[member % DASHES.length] };
    });
  }
  return ownHues(optimizers).map((hue) => ({ hue, dash: [] }));
}

/** The hue of an optimizer's family; a user's own optimizer is drawn in ink. */
function groupOf(optimizer: string): string {
  const family = familyOf(optimizer);
  return family === null ? light.ink : light.hues[FAMILIES.indexOf(family)];
}

function ownHues(optimizers: readonly string[]): string[] {
  if (optimizers.length <= light.hues.length) return optimizers.map((_, i) => light.hues[i]);
  const kinds = [...new Set(optimizers)];
  return optimizers.map(
    (optimizer) => light.hues[kinds.length > light.hues.length ? 0 : kinds.indexOf(optimizer)],
  );
}

/** What colours and dashes say, where they say something: to follow a caption. */
export function styleSentence(optimizers: readonly string[]): string {
  const groups = new Set(optimizers.map(groupOf)).size;
  if (groups > 1) {
    const isTold = optimizers.length > groups ? '; dash: the member' : '';
    return ` Colour: the family of the optimizer${isTold}.`;
  }
  const kinds = new Set(optimizers).size;
  const isShared = optimizers.length > light.hues.length && kinds > 1 && kinds <= light.hues.length;
  return isShared ? ' Panels in one colour: the same optimizer.' : '';
}
