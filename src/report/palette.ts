/**
 * The colours of the figures. The hues follow Okabe and Ito (2008), darkened until each has a contrast of 3:1 to the
 * page and every two stay apart for protan, deutan and tritan vision (test/report/palette.test.ts has the numbers).
 * No palette of twelve does: more than six series are told apart by panels, not by colour.
 */
export interface Palette {
  readonly page: string;
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  /** Other methods behind the one that a panel shows. */
  readonly context: string;
  /** A gradient that is exactly zero, in the heat map. */
  readonly zero: string;
  readonly alert: string;
  readonly hues: readonly string[];
}

export const light: Palette = {
  page: '#ffffff',
  ink: '#1f2328',
  muted: '#59636e',
  line: '#e3e6ea',
  context: '#c3c8ce',
  zero: '#d5d8dc',
  alert: '#b3261e',
  hues: ['#2c61a1', '#c85231', '#008a5f', '#b06bad', '#cc7f00', '#1a8aed'],
};

export const dark: Palette = {
  page: '#15181c',
  ink: '#e6e8eb',
  muted: '#9aa3ad',
  line: '#2b3036',
  context: '#4a5159',
  zero: '#3b4046',
  alert: '#ff8a80',
  hues: ['#3b89d8', '#e8702a', '#23b87c', '#ca8dbe', '#e6ac1f', '#7cc8f5'],
};

/** The names of the colours in the style sheet of the page, with the colour of each palette. */
export function colorNames(): readonly {
  readonly name: string;
  readonly light: string;
  readonly dark: string;
}[] {
  const { hues, ...named } = light;
  const pairs = Object.entries(named).map(([name, color]) => ({
    name: `--${name}`,
    light: color,
    dark: dark[name as keyof typeof named],
  }));
  return [...pairs, ...hues.map((hue, i) => ({ name: `--hue${i}`, light: hue, dark: dark.hues[i] }))];
}
