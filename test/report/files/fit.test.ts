import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { fitLegend, fitPanels } from '../../../src/report/files/fit.ts';
import { pageScript } from '../../../src/report/pageScript.ts';

/** panels, minWidth, maxWidth, axis, room: columns, width */
const CASES = [
  [7, 170, 480, 58, 1072, 4, 192],
  [7, 170, 480, 58, 368, 1, 310],
  [1, 260, 760, 58, 1072, 1, 760],
  [2, 260, 480, 40, 1072, 2, 480],
  [2, 260, 480, 40, 624, 2, 260],
  [2, 260, 480, 40, 623, 1, 480],
  [5, 170, 480, 40, 900, 3, 244],
  [12, 170, 480, 210, 1072, 2, 314],
  [3, 170, 480, 58, 100, 1, 120],
] as const;

// biome-ignore lint/suspicious/noExplicitAny: as little of a page as the script touches
type Any = any;

/** The spec as the page's script fits it. */
async function fittedByPage(spec: Any, room: number): Promise<Any> {
  const element = { dataset: { spec: 'spec', name: 'figure' }, clientWidth: room + 4, textContent: '' };
  const texts: Any = { 'dark-colors': '{}', spec: JSON.stringify(spec) };
  const drawn: Any[] = [];
  const page = createContext({
    document: {
      getElementById: (id: string) => ({ textContent: texts[id] }),
      querySelectorAll: (selector: string) => (selector === '.plot' ? [element] : []),
    },
    matchMedia: () => ({ matches: false, addEventListener() {} }),
    addEventListener() {},
    vegaEmbed: async (_element: Any, fitted: Any) => drawn.push(fitted),
  });
  runInContext(pageScript, page);
  await new Promise((resolve) => setImmediate(resolve));
  expect(element.textContent).toBe('');
  return drawn[0];
}

describe('the fitting of panels', () => {
  it.each(CASES)(
    '%i panels of %i to %i, axis %i, into %i: %i columns of %i, in files as on the page',
    async (panels, minWidth, maxWidth, axis, room, columns, width) => {
      const layout = { panels, minWidth, maxWidth, axis };
      expect(fitPanels(layout, room)).toEqual({ columns, width });
      const names = ['adam', 'a name of some length'];
      const spec = {
        usermeta: { layout },
        layout: {},
        signals: [{ name: 'child_width', value: 0 }],
        scales: [{ name: 'color', domain: names }],
        config: { legend: {} },
      };
      const fitted = await fittedByPage(spec, room);
      expect([fitted.layout.columns, fitted.signals[0].value]).toEqual([columns, width]);
      expect({ ...fitted.config.legend }).toEqual(fitLegend(44 + 8 * names[1].length, room));
    },
  );
});
