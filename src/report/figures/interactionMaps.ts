import type { Json } from '../../core/json.ts';
import type { LevelEffect } from '../../stats/effects.ts';
import { type InteractionCell, interactionCells } from '../../stats/responses.ts';
import { largest, smallest } from '../../stats/summary.ts';
import { metricName } from '../conclusion.ts';
import { type Crossed, pairsByShare } from '../crossed.ts';
import { axesTitle, chart, type Figure } from '../figure.ts';
import { count, formatMetric, formatNumber, formatPercent } from '../format.ts';
import type { JsonObject } from '../labels.ts';
import type { Metric } from '../metric.ts';
import { light } from '../palette.ts';

const MOST_MAPS = 3;

/** Heat maps of the pairs of factors with the largest interactions: the factor with fewer levels stands at the top. */
export function interactionMaps(crossed: Crossed, metric: Metric): Figure[] {
  const levels = (name: string) =>
    crossed.design.factors.find((factor) => factor.name === name)!.levels.length;
  return pairsByShare(crossed)
    .slice(0, MOST_MAPS)
    .map(({ pair: [a, b], share }, i) => {
      const [row, column] = levels(a) < levels(b) ? [b, a] : [a, b];
      return interactionMap(crossed, metric, row, column, share, i + 1);
    });
}

function interactionMap(
  crossed: Crossed,
  metric: Metric,
  row: string,
  column: string,
  share: number,
  place: number,
): Figure {
  const cells = interactionCells(crossed.factors, crossed.runs, row, column);
  const format = (value: number) => formatMetric(value, metric.measure);
  const shade = shadeOf(cells.map(({ value }) => value));
  const rows = cells.map((cell) => rowOf(cell, format, shade, addedBy(crossed, row, column, cell)));
  const rowLevels = [...new Set(cells.map((cell) => cell.row))];
  const columnLevels = [...new Set(cells.map((cell) => cell.column))];
  const title = `${row} × ${column}`;
  const labelWidth = 16 + 7 * Math.max(...rowLevels.map((level) => level.length));
  const widest = Math.max(...columnLevels.map((level) => level.length));
  const layout = {
    panels: 1,
    minWidth: 46 * columnLevels.length,
    maxWidth: columnLevels.length * Math.max(110, 7 * widest),
    axis: labelWidth,
  };
  const anyDiverged = cells.some(({ diverged }) => diverged > 0);
  const caption = `Median ${metricName(metric)} of the runs with both levels, over all levels of the other factors and all seeds, each method at its best learning rate; deeper is lower, which is better. The interaction explains ${formatPercent(share)} of the variance of ${crossed.effects.scale === 'rank' ? 'the ranks of the cells' : 'the cells'}.${anyDiverged ? ' Red: runs that diverged or failed, which count as infinite.' : ''}`;
  const spec = chart(`Interaction of ${row} and ${column}. ${caption}`, layout, {
    title: axesTitle(`${row} by ${column}`),
    data: { name: 'cells', values: rows },
    width: Math.min(600, layout.maxWidth),
    height: 40 * rowLevels.length,
    layer: layersOf(rowLevels, columnLevels),
  });
  return { id: `interaction-${place}`, title, caption, spec };
}

/** Opacity of the fill: the lowest value has most, so that the same ink is readable on all of them in both schemes. */
function shadeOf(values: readonly number[]): (value: number) => number {
  const finite = values.filter(Number.isFinite);
  const [low, high] = [smallest(finite), largest(finite)];
  return (value) => {
    const part = high > low ? (high - value) / (high - low) : 0.5;
    return 0.06 + 0.5 * part;
  };
}

/** What the pair adds beyond its two levels; undefined for a cell that has no run. */
function addedBy(
  { effects, factors }: Crossed,
  row: string,
  column: string,
  cell: InteractionCell,
): LevelEffect | undefined {
  const isTurned = factors.indexOf(row) > factors.indexOf(column);
  const levels = isTurned ? [cell.column, cell.row] : [cell.row, cell.column];
  const pair = isTurned ? [column, row] : [row, column];
  return effects.interactions.find(
    (effect) =>
      effect.factors.join('\n') === pair.join('\n') && effect.levels.join('\n') === levels.join('\n'),
  );
}

function rowOf(
  { row, column, n, diverged, value }: InteractionCell,
  format: (value: number) => string,
  shade: (value: number) => number,
  added: LevelEffect | undefined,
): JsonObject {
  const hasValue = Number.isFinite(value);
  const where = `${row}, ${column}`;
  const more = added === undefined ? '' : `; the pair adds ${formatNumber(added.effect)} to its two levels`;
  const flag = diverged > 0 ? `${diverged} of ${n} diverged` : null;
  return {
    ...{ row, column, n, diverged },
    value: hasValue ? value : null,
    shade: hasValue ? shade(value) : null,
    text: n === 0 ? 'not run' : hasValue ? format(value) : 'diverged',
    flag: diverged > 0 ? `${diverged}/${n}` : null,
    tooltip:
      n === 0
        ? `${where}: not run`
        : `${where}: median ${hasValue ? format(value) : 'infinite'} of ${count(n, 'run')}${flag === null ? '' : `, ${flag}`}${more}`,
  };
}

function layersOf(rowLevels: readonly string[], columnLevels: readonly string[]): Json {
  const text = { labelColor: light.ink, labelFontSize: 12, ticks: false, domain: false, grid: false };
  const place = {
    x: {
      field: 'column',
      type: 'nominal',
      title: null,
      scale: { domain: columnLevels, padding: 0.02 },
      axis: { ...text, orient: 'top', labelAngle: 0, labelOverlap: false, labelLimit: 200 },
    },
    y: {
      field: 'row',
      type: 'nominal',
      title: null,
      scale: { domain: rowLevels, padding: 0.05 },
      axis: { ...text, labelLimit: 260 },
    },
  };
  const tooltip = { field: 'tooltip' };
  const opacity = { field: 'shade', type: 'quantitative', scale: null, legend: null };
  return [
    {
      transform: [{ filter: 'isValid(datum.shade)' }],
      mark: { type: 'rect', color: light.hues[0] },
      encoding: { ...place, opacity, tooltip },
    },
    textLayer('isValid(datum.shade)', { color: light.ink }, 'text', place),
    textLayer('!isValid(datum.shade) && datum.n > 0', { color: light.alert }, 'text', place),
    textLayer('datum.n === 0', { color: light.muted, fontSize: 10 }, 'text', place),
    textLayer('isValid(datum.flag)', { color: light.alert, fontSize: 9, dy: 13 }, 'flag', place),
  ];
}

function textLayer(filter: string, drawing: JsonObject, field: string, place: JsonObject): JsonObject {
  return {
    transform: [{ filter }],
    mark: { type: 'text', fontSize: 11, ...drawing },
    encoding: { ...place, text: { field }, tooltip: { field: 'tooltip' } },
  };
}
