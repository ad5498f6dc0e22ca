import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { compileFigure } from '../../src/report/figure.ts';
import { figuresOf } from '../../src/report/figures.ts';
import { groupMethods } from '../../src/report/methods.ts';
import { packed } from '../../src/report/packed.ts';
import { pageSpecs } from '../../src/report/pageSpecs.ts';
import { colorNames, light } from '../../src/report/palette.ts';
import { hostileRecords, quickstartLike } from './syntheticRecords.ts';

// biome-ignore lint/suspicious/noExplicitAny: compiled Vega, and functions of a script that has no types
type Any = any;

const colors = new Map(colorNames().map(({ name, light: color }) => [color, name]));
const { fit, chosen, recoloured, withoutMethods, rowsOf }: Any = runInContext(
  `(() => {${pageSpecs} return { fit, chosen, recoloured, withoutMethods, rowsOf }; })()`,
  createContext({ colors }),
);

function figure(id: string, records = quickstartLike(2)): Any {
  const compiled = compileFigure(figuresOf(groupMethods(records)).find((one) => one.id === id)!);
  return JSON.parse(JSON.stringify(compiled));
}

const FEW = quickstartLike(2).slice(0, 24);

function signalOf(spec: Any, name: string): Any {
  return spec.signals.find((signal: Any) => signal.name === name).value;
}

function typeOf(spec: Any, name: string): string {
  return spec.scales.find((scale: Any) => scale.name === name).type;
}

describe('the script of the page', () => {
  it('fits the panels into the width: as many columns as the rows need', () => {
    const wide = fit(figure('loss-curves'), 1072, 0);
    const narrow = fit(figure('loss-curves'), 368, 0);
    expect([wide.layout.columns, narrow.layout.columns]).toEqual([4, 1]);
    expect(4 * (signalOf(wide, 'child_width') + 40) + 3 * 24).toBeLessThanOrEqual(1072);
    expect(signalOf(narrow, 'child_width')).toBe(368 - 40);
    expect(signalOf(fit(figure('loss-curves'), 368, 7), 'child_width')).toBe(368 - 40 - 7);
  });

  it('gives labels at the ends of lines their room, and does without where a panel would be too narrow', () => {
    const room = 7 * 'momentum'.length + 10;
    const wide = fit(figure('loss-curves', FEW), 1072, 0);
    expect([wide.layout.columns, signalOf(wide, 'labels')]).toEqual([2, true]);
    expect(signalOf(wide, 'child_width')).toBe((1072 - 24) / 2 - 40 - room);
    const narrow = fit(figure('loss-curves', FEW), 358, 0);
    expect([narrow.layout.columns, signalOf(narrow, 'labels')]).toEqual([1, false]);
    expect(signalOf(narrow, 'child_width')).toBe(358 - 40);
  });

  it('breaks the legend into as many columns as its names allow', () => {
    expect(fit(figure('loss-curves', FEW), 1072, 0).config.legend.columns).toBe(6);
    expect(fit(figure('loss-curves', FEW), 368, 0).config.legend.columns).toBe(3);
  });

  it('sets the signals and the types of scales that a choice asks for', () => {
    const spec = figure('error-curves');
    expect([typeOf(spec, 'x'), typeOf(spec, 'y'), signalOf(spec, 'time')]).toEqual([
      'linear',
      'linear',
      'epoch',
    ]);
    const state = { time: 'flops', timeScale: 'log', valueScale: 'linear', bands: false };
    const switched = chosen(spec, state);
    expect([typeOf(switched, 'x'), typeOf(switched, 'y')]).toEqual(['log', 'linear']);
    expect(['time', 'timeScale', 'bands', 'seeds'].map((name) => signalOf(switched, name))).toEqual([
      'flops',
      'log',
      false,
      false,
    ]);
  });

  it('leaves the legend of methods to the page, and no other', () => {
    expect(withoutMethods(figure('loss-curves', FEW)).legends).toEqual([]);
    expect(withoutMethods(figure('loss-curves')).legends).toHaveLength(1);
    expect(withoutMethods(figure('gradient-norms')).legends).toHaveLength(1);
  });

  it('draws in the colours of the style sheet, and leaves the data alone', () => {
    const spec = figure('loss-curves', hostileRecords());
    const drawn = recoloured(spec);
    expect(drawn.background).toBe('var(--page)');
    expect(JSON.stringify({ ...drawn, data: [], usermeta: null })).not.toContain(light.muted);
    expect(drawn.data).toEqual(spec.data);
    expect(JSON.stringify(drawn.data)).toContain('"#1f2328"'); // a method with the name of a colour
  });

  it('mixes no variables', () => {
    const scale = { name: 'color', type: 'linear', range: [light.page, light.hues[0]] };
    expect(recoloured({ scales: [scale] })).toEqual({ scales: [scale] });
    const ordinal = { ...scale, type: 'ordinal' };
    expect(recoloured({ scales: [ordinal] }).scales[0].range).toEqual(['var(--page)', 'var(--hue0)']);
  });

  it('makes rows of packed data again', () => {
    const rows = [
      { method: 'a', x: 1, mark: 'run' },
      { method: 'a', x: null, mark: 'run' },
      { method: 'b', x: 3, flag: true },
      { method: 'a', x: 0.25, mark: 'one of a kind' },
      { method: 'b', flag: false },
    ];
    const columns = packed(rows)!;
    expect(columns.columns[0]).toEqual(['method', { words: ['a', 'b'], at: [0, 0, 1, 0, 1] }]);
    expect(rowsOf(JSON.parse(JSON.stringify(columns)))).toEqual(rows);
    expect(packed([{ x: [1] }, { x: [2] }])).toBeNull();
    expect(packed('a')).toBeNull();
  });
});
