import { describe, expect, it } from 'vitest';
import type { Figure } from '../../../src/report/figure.ts';
import { figuresOf } from '../../../src/report/figures.ts';
import { figureCsv, figureSpec } from '../../../src/report/files/figureData.ts';
import type { JsonObject } from '../../../src/report/labels.ts';
import { groupMethods } from '../../../src/report/methods.ts';
import { hostileRecords, poisonedRecords, quickstartLike } from '../syntheticRecords.ts';

const figureOf = (spec: JsonObject): Figure => ({ id: 'f', title: 'F', caption: 'F.', spec });

describe('the data of a figure as CSV', () => {
  it('are the rows with all of their columns; what is not there is empty', () => {
    const values = [
      { method: 'a, "b"', loss: 0.1, tooltip: 'left out' },
      { method: 'c', loss: null, seed: -0, list: [1, 2], isBest: true },
    ];
    expect(figureCsv(figureOf({ data: { values } }))).toBe(
      'method,loss,seed,list,isBest\n"a, ""b""",0.1,,,\nc,,-0,"[1,2]",true\n',
    );
  });

  it('are flattened as the figure flattens them', () => {
    const spec = {
      data: {
        values: [
          { method: 'a', x: [0, 1], y: [2, null], other: 5 },
          { method: 'b', x: [7], y: [8] },
        ],
      },
      transform: [{ filter: 'true' }, { flatten: ['x', 'y'], as: ['step', 'loss'] }],
    };
    expect(figureCsv(figureOf(spec))).toBe('method,other,step,loss\na,5,0,2\na,5,1,\nb,,7,8\n');
  });

  it('name their set where there are several', () => {
    const layer = [
      { data: { name: 'context', values: [{ other: 'a', x: [1] }] }, transform: [{ flatten: ['x'] }] },
      { data: { name: 'curves', values: [{ method: 'b' }] } },
      { mark: 'line' },
    ];
    const spec = { data: { name: 'curves', values: [{ method: 'a' }] }, facet: {}, spec: { layer } };
    expect(figureCsv(figureOf(spec))).toBe('data,method,other,x\ncurves,a,,\ncontext,,a,1\ncurves (2),b,,\n');
  });

  it('hold every point of a curve', () => {
    const curves = figuresOf(groupMethods(quickstartLike(2))).find(({ id }) => id === 'loss-curves')!;
    const { values } = curves.spec.data as { values: { step: number[] }[] };
    const points = values.reduce((total, { step }) => total + step.length, 0);
    const lines = figureCsv(curves).trimEnd().split('\n');
    expect(lines[0]).toBe('method,split,epoch,step,samples,flops,median,low,high,seed 0,seed 1');
    expect(lines).toHaveLength(1 + points);
  });

  it('of strange numbers and names is rectangular', () => {
    for (const figure of figuresOf(groupMethods([...poisonedRecords(), ...hostileRecords()]))) {
      const text = figureCsv(figure).replace(/"(?:[^"]|"")*"/g, 'q');
      const widths = new Set(
        text
          .trimEnd()
          .split('\n')
          .map((line) => line.split(',').length),
      );
      expect(widths.size).toBe(1);
    }
  });
});

describe('the spec of a figure', () => {
  it('is its Vega-Lite with the data, as plain JSON', () => {
    for (const figure of figuresOf(groupMethods(quickstartLike(1)))) {
      const text = figureSpec(figure);
      expect(JSON.parse(text)).toEqual(figure.spec);
      expect(text).not.toContain('$number');
    }
    expect(figureSpec(figureOf({ b: -0, a: 1 }))).toBe('{"a":1,"b":0}\n');
  });
});
