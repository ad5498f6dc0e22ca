import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { compileFigure } from '../../src/report/figure.ts';
import { figuresOf } from '../../src/report/figures.ts';
import { groupMethods } from '../../src/report/methods.ts';
import { pageScript } from '../../src/report/pageScript.ts';
import { dark, darkColors, light } from '../../src/report/palette.ts';
import { hostileRecords, quickstartLike } from './syntheticRecords.ts';

// biome-ignore lint/suspicious/noExplicitAny: compiled Vega, and as little of a page as the script touches
type Any = any;

/** Runs the page's script over one figure and gives the spec that it hands to vega-embed. */
async function drawn(spec: Any, room: number, prefersDark: boolean): Promise<Any> {
  const element = { dataset: { spec: 'spec', name: 'figure' }, clientWidth: room + 4, textContent: '' };
  const texts: Any = { 'dark-colors': JSON.stringify(darkColors()), spec: JSON.stringify(spec) };
  const calls: Any[] = [];
  const page = createContext({
    document: {
      getElementById: (id: string) => ({ textContent: texts[id] }),
      querySelectorAll: (selector: string) => (selector === '.plot' ? [element] : []),
    },
    matchMedia: () => ({ matches: prefersDark, addEventListener() {} }),
    addEventListener() {},
    vegaEmbed: async (...args: Any[]) => calls.push(args),
  });
  runInContext(pageScript, page);
  await new Promise((resolve) => setImmediate(resolve));
  expect(element.textContent).toBe('');
  return { spec: JSON.parse(JSON.stringify(calls[0][1])), options: calls[0][2] };
}

function figure(id: string, records = quickstartLike(2)) {
  return compileFigure(figuresOf(groupMethods(records)).find((one) => one.id === id)!);
}

function widthOf(spec: Any): number {
  return spec.signals.find((signal: Any) => signal.name === 'child_width').value;
}

describe('the script of the page', () => {
  it('fits the panels into the width: as many columns as the rows need', async () => {
    const spec = figure('loss-curves');
    const wide = (await drawn(spec, 1072, false)).spec;
    const narrow = (await drawn(spec, 368, false)).spec;
    expect([wide.layout.columns, narrow.layout.columns]).toEqual([4, 1]);
    expect(4 * (widthOf(wide) + 40) + 3 * 24).toBeLessThanOrEqual(1072);
    expect(widthOf(narrow)).toBe(368 - 40);
  });

  it('breaks the legend into as many columns as its names allow', async () => {
    const few = figure('loss-curves', quickstartLike(2).slice(0, 24));
    expect((await drawn(few, 1072, false)).spec.config.legend.columns).toBe(6);
    expect((await drawn(few, 368, false)).spec.config.legend.columns).toBe(3);
  });

  it('interprets expressions instead of compiling them, and loads nothing', async () => {
    const { options } = await drawn(figure('loss-curves'), 800, false);
    expect(options).toMatchObject({ mode: 'vega', ast: true, actions: { editor: false } });
    await expect(options.loader.load('https://example.org/')).rejects.toThrow('a report loads nothing');
  });

  it('draws in the dark colours for who prefers them, and leaves the data alone', async () => {
    const spec = figure('loss-curves', hostileRecords());
    const bright = (await drawn(spec, 800, false)).spec;
    const night = (await drawn(spec, 800, true)).spec;
    expect(bright.background).toBe(light.page);
    expect(night.background).toBe(dark.page);
    expect(JSON.stringify({ ...night, data: [] })).not.toContain(light.muted);
    expect(night.data).toEqual(bright.data);
    expect(JSON.stringify(night.data)).toContain('"#1f2328"'); // a method with the name of a colour
  });
});
