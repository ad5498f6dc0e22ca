import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { fitLegend, fitPanels } from '../../../src/report/files/fit.ts';
import { pageSpecs } from '../../../src/report/pageSpecs.ts';

/** panels, minWidth, maxWidth, axis, labels, room: columns, width, whether the labels have room */
const CASES = [
  [7, 170, 480, 58, 0, 1072, 4, 192, false],
  [7, 170, 480, 58, 0, 368, 1, 310, false],
  [1, 260, 760, 58, 0, 1072, 1, 760, false],
  [2, 260, 480, 40, 0, 1072, 2, 480, false],
  [2, 260, 480, 40, 0, 624, 2, 260, false],
  [2, 260, 480, 40, 0, 623, 1, 480, false],
  [5, 170, 480, 40, 0, 900, 3, 244, false],
  [12, 170, 480, 210, 0, 1072, 2, 314, false],
  [3, 170, 480, 58, 0, 100, 1, 120, false],
  [2, 260, 480, 40, 100, 1072, 2, 384, true],
  [2, 260, 480, 40, 100, 400, 1, 260, true],
  [2, 260, 480, 40, 100, 399, 1, 359, false],
] as const;

// biome-ignore lint/suspicious/noExplicitAny: the page's script has no types
type Any = any;

const fitOnPage: Any = runInContext(
  `(() => {${pageSpecs} return fit; })()`,
  createContext({ colors: new Map() }),
);

describe('the fitting of panels', () => {
  it.each(CASES)(
    '%i panels of %i to %i, axis %i, labels %i, into %i: %i columns of %i, in files as on the page',
    (panels, minWidth, maxWidth, axis, labels, room, columns, width, areShown) => {
      const layout = { panels, minWidth, maxWidth, axis, labels };
      expect(fitPanels(layout, room)).toEqual({ columns, width, labels: areShown });
      const names = ['adam', 'a name of some length'];
      const spec = {
        usermeta: { layout },
        layout: {},
        signals: [
          { name: 'child_width', value: 0 },
          { name: 'labels', value: labels > 0 },
        ],
        scales: [{ name: 'color', domain: names }],
        config: { legend: {} },
      };
      const fitted = fitOnPage(spec, room, 0);
      expect(fitted.layout.columns).toBe(columns);
      expect(fitted.signals.map(({ value }: Any) => value)).toEqual([width, areShown]);
      expect({ ...fitted.config.legend }).toEqual(fitLegend(44 + 8 * names[1].length, room));
    },
  );
});
