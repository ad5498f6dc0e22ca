import type { Json } from '../../core/json.ts';
import type { Effects } from '../../stats/effects.ts';
import { linearAxis } from '../axis.ts';
import { metricName } from '../conclusion.ts';
import type { Crossed, MainEffect } from '../crossed.ts';
import { axesTitle, chart, type Figure, type FigureTable } from '../figure.ts';
import { count, formatMetric, formatNumber, formatPercent } from '../format.ts';
import type { JsonObject } from '../labels.ts';
import type { Metric } from '../metric.ts';
import { light } from '../palette.ts';

/** More rows than this are a list that nobody reads: the largest effects are shown. */
const MOST_LEVELS = 40;

/** What each level of each factor adds to the mean over the cells, with intervals; under it the share of the variance of every term. */
export function mainEffects(crossed: Crossed, metric: Metric): Figure {
  const { main, effects, factors } = crossed;
  const shown = byShare(largestEffects(main), effects.terms);
  const unit = effects.scale === 'rank' ? 'rank' : metric.measure;
  const axis = linearAxis([0, ...shown.flatMap(({ effect, low, high }) => [effect, low, high])], false);
  const rows = shown.map((effect) => rowOf(effect, unit));
  const order = rows.map(({ row }) => row as string);
  const labelWidth = 16 + 7 * Math.max(...order.map((label) => label.length));
  const layout = { panels: 1, minWidth: 160, maxWidth: 560, axis: labelWidth };
  const title = `Effects of ${factors.length} factors`;
  const caption = captionOf(crossed, metric, shown.length);
  const spec = chart(`${title}. ${caption}`, layout, {
    title: axesTitle(
      `${unit === 'rank' ? 'rank' : metricName(metric)} less the mean of all cells; left is better`,
    ),
    data: { name: 'effects', values: rows },
    width: 420,
    height: 22 * rows.length,
    layer: layersOf(axis.domain, axis.ticks, unit, order),
  });
  return { id: 'main-effects', title, caption, spec, table: tableOf(crossed) };
}

type Unit = 'rank' | 'loss' | 'error';

/** All effects in the order of their factors, or those that are furthest from zero, in that order, too. */
function largestEffects(main: readonly MainEffect[]): readonly MainEffect[] {
  if (main.length <= MOST_LEVELS) return main;
  const sizes = main.map(({ effect }) => Math.abs(effect)).toSorted((a, b) => b - a);
  return main.filter(({ effect }) => Math.abs(effect) >= sizes[MOST_LEVELS - 1]).slice(0, MOST_LEVELS);
}

/** The factor that explains most stands first; its levels stay in their order. */
function byShare(main: readonly MainEffect[], terms: Effects['terms']): MainEffect[] {
  const shares = new Map(terms.map(({ factors, share }) => [factors.join(), share]));
  const of = ({ factor }: MainEffect) => shares.get(factor) ?? 0;
  return main.toSorted((a, b) => of(b) - of(a) || (a.factor < b.factor ? -1 : a.factor > b.factor ? 1 : 0));
}

function rowOf({ factor, level, effect, low, high }: MainEffect, unit: Unit): JsonObject {
  const hasInterval = Number.isFinite(low) && Number.isFinite(high);
  const interval = hasInterval ? ` (${signed(low, unit)} to ${signed(high, unit)})` : '';
  const row = `${factor}: ${level}`;
  return {
    ...{ row, factor, level, effect },
    low: hasInterval ? low : null,
    high: hasInterval ? high : null,
    tooltip: `${row}: ${signed(effect, unit)}${interval}`,
  };
}

/** `+0.0123`, `-3.20%` */
function signed(value: number, unit: Unit): string {
  const text = unit === 'rank' ? formatNumber(Math.abs(value)) : formatMetric(Math.abs(value), unit);
  return `${value < 0 ? '-' : '+'}${text}`;
}

function layersOf(
  domain: readonly [number, number],
  ticks: readonly number[],
  unit: Unit,
  order: readonly string[],
): Json {
  const x = {
    field: 'effect',
    type: 'quantitative',
    title: null,
    scale: { domain, nice: false, zero: false },
    axis: {
      values: ticks,
      labelExpr: `datum.value === 0 ? '0' : format(datum.value, '${unit === 'error' ? '+~%' : '+~g'}')`,
      labelOverlap: true,
    },
  };
  const y = {
    field: 'row',
    type: 'nominal',
    title: null,
    scale: { domain: order },
    axis: {
      ticks: false,
      domain: false,
      grid: false,
      labelColor: light.ink,
      labelFontSize: 12,
      labelLimit: 400,
    },
  };
  const tooltip = { field: 'tooltip' };
  return [
    {
      data: { values: [{ zero: 0 }] },
      mark: { type: 'rule', color: light.muted, strokeWidth: 1 },
      encoding: { x: { ...x, field: 'zero' } },
    },
    {
      transform: [{ filter: 'isValid(datum.low)' }],
      mark: { type: 'rule', strokeWidth: 2, color: light.hues[0] },
      encoding: { x: { ...x, field: 'low' }, x2: { field: 'high' }, y, tooltip },
    },
    {
      mark: { type: 'point', filled: true, size: 60, opacity: 1, color: light.hues[0] },
      encoding: { x, y, tooltip },
    },
  ];
}

function captionOf(crossed: Crossed, metric: Metric, shown: number): string {
  const { design, main, effects, outside } = crossed;
  const sentences = [
    `Dot: mean of the cells with this level less the mean of all cells; a cell is a method at its best learning rate, its value the median ${metricName(metric)} over ${seedsText(crossed)}. ${intervalText(crossed)}`,
    `${design.filled} of ${count(design.cells, 'combination')} were run.`,
  ];
  if (effects.scale === 'rank') sentences.push(rankText(crossed));
  if (outside > 0) sentences.push(`${count(outside, 'method')} outside of the crossing left out.`);
  if (shown < main.length) sentences.push(`The ${shown} largest of ${main.length} effects.`);
  if (design.filled < design.cells)
    sentences.push('With combinations missing, the effects of factors mix with each other.');
  return sentences.join(' ');
}

function seedsText({ seeds: [least, most] }: Crossed): string {
  return least === most ? count(least, 'seed') : `${least} to ${most} seeds`;
}

function intervalText({ main, seeds: [least] }: Crossed): string {
  if (!main.some(({ low }) => !Number.isNaN(low)))
    return 'No intervals: they need the same two seeds or more in every cell.';
  const few = least < 10 ? ', which so few make too short' : '';
  return `Line: 95% percentile bootstrap interval over the seeds, the same ones drawn in all cells${few}.`;
}

/** How diverged cells enter the sums. */
function rankText({ diverged, design }: Crossed): string {
  const cells = diverged > 0 ? `, ${count(diverged, 'cell')} with an infinite median` : '';
  return `Runs diverged or failed${cells}: all numbers are ranks among the ${design.filled} cells, 1 the best, where infinite cells share the worst rank.`;
}

function tableOf({ effects }: Crossed): FigureTable {
  const rest = ({ factors }: Effects['terms'][number]) => factors.length === 0;
  const rows = effects.terms
    .toSorted((a, b) => Number(rest(a)) - Number(rest(b)) || b.share - a.share)
    .map((term) => [
      rest(term) ? 'everything else' : term.factors.join(' × '),
      formatPercent(term.share),
      String(term.degreesOfFreedom),
    ]);
  const what = effects.scale === 'rank' ? 'the ranks of the cells' : 'the values of the cells';
  return {
    label: 'Shares of the variance',
    heads: [{ text: 'Factor or pair of factors' }, 'Share of the variance', 'Degrees of freedom'],
    rows,
    note: `Eta squared: the sum of squares of a term over that of ${what}; in the order of the spec where combinations are missing. A share is no test, and grows with the degrees of freedom by chance alone. “Everything else”: interactions of three factors and more.`,
  };
}
