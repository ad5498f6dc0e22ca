import { describe, expect, it } from 'vitest';
import { FAMILIES, familyOf } from '../../src/report/families.ts';
import { light } from '../../src/report/palette.ts';
import { styleSentence, stylesOf } from '../../src/report/styles.ts';
import { catalog } from '../../src/run/catalog.ts';

const huesOf = (optimizers: readonly string[]) => stylesOf(optimizers).map(({ hue }) => hue);

describe('familyOf', () => {
  it('knows every optimizer of the catalog but the user’s own', () => {
    const unknown = Object.keys(catalog.optimizers).filter((kind) => familyOf(kind) === null);
    expect(unknown).toEqual(['module']);
    expect(FAMILIES).toHaveLength(light.hues.length);
  });

  it('is the same for every dialect', () => {
    expect(familyOf('adam@keras')).toBe('adam');
  });
});

describe('stylesOf', () => {
  it('gives a family one hue and its members a dash each', () => {
    const styles = stylesOf(['sgd', 'adam', 'momentum', 'adamw', 'module of a user']);
    expect(styles.map(({ hue }) => hue)).toEqual([
      light.hues[0],
      light.hues[1],
      light.hues[0],
      light.hues[1],
      light.ink,
    ]);
    expect(styles.map(({ dash }) => dash.length > 0)).toEqual([false, false, true, true, false]);
    expect(styleSentence(['sgd', 'adam', 'momentum'])).toBe(
      ' Colour: the family of the optimizer; dash: the member.',
    );
    expect(styleSentence(['sgd', 'adam'])).toBe(' Colour: the family of the optimizer.');
  });

  it('gives up to six methods of one family a hue each', () => {
    expect(new Set(huesOf(['adam', 'adam', 'adamw', 'nadam', 'radam', 'lamb'])).size).toBe(6);
    expect(styleSentence(['adam', 'adamw'])).toBe('');
  });

  it('gives more than six of one family the hue of their optimizer, and says so', () => {
    const optimizers = ['adam', 'adamw', 'nadam'].flatMap((kind) => [kind, kind, kind]);
    expect(huesOf(optimizers)).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2].map((i) => light.hues[i]));
    expect(styleSentence(optimizers)).toBe(' Panels in one colour: the same optimizer.');
  });

  it('gives more optimizers than hues one hue: a colour that two of them share would say that they are alike', () => {
    const optimizers = ['adam', 'adamw', 'nadam', 'radam', 'adamax', 'adan', 'yogi'];
    expect(new Set(huesOf(optimizers))).toEqual(new Set([light.hues[0]]));
    expect(styleSentence(optimizers)).toBe('');
  });
});
