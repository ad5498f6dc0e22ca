import { LOG_LABEL, linearTicks, logAxis } from '../axis.ts';
import { axesTitle, chart, type Figure, facet, methodColor, methodDash } from '../figure.ts';
import type { JsonObject } from '../labels.ts';
import { type MeasuredRun, medianCurve, SHADOW_NAMES, sensitivityRows } from '../sensitivity.ts';
import { styleSentence } from '../styles.ts';

/** How far runs and their shadows are apart over the steps, a panel a kind of shadow. Null where none ever parts. */
export function roundingSensitivity(runs: readonly MeasuredRun[]): Figure | null {
  const rows = sensitivityRows(runs).map((row) => ({ ...row, points: medianCurve(row.shadows) }));
  const values: JsonObject[] = rows.flatMap(({ method, kind, points }) =>
    points
      .filter(({ distance }) => distance > 0)
      .map(({ step, distance }) => ({ method, shadow: SHADOW_NAMES[kind] ?? kind, step, distance })),
  );
  if (values.length === 0) return null;
  const methods = [
    ...new Map(rows.map((row) => [row.method, { label: row.method, optimizer: row.optimizer }])).values(),
  ];
  const panels = [...new Set(values.map(({ shadow }) => shadow as string))];
  const axis = logAxis(values.map(({ distance }) => distance as number));
  const last = Math.max(...values.map(({ step }) => step as number), 1);
  const seeds = Math.max(...rows.map(({ shadows }) => shadows.length));
  const caption =
    `Distance of the parameters from those of the same run in other roundings, as a share of the norm of the initial parameters; median over ${seeds === 1 ? '1 seed' : `${seeds} seeds`}. ` +
    `No point: the same parameters.${styleSentence(methods.map(({ optimizer }) => optimizer))}`;
  const title = 'Rounding sensitivity';
  const legend = { symbolType: 'stroke', symbolOpacity: 1, symbolSize: 400 };
  const layer = [
    {
      mark: { type: 'line', strokeWidth: 1.5 },
      encoding: {
        x: {
          field: 'step',
          type: 'quantitative',
          title: null,
          scale: { domain: [0, last], nice: false },
          axis: { values: linearTicks(0, last), grid: false, labelOverlap: true },
        },
        y: {
          field: 'distance',
          type: 'quantitative',
          title: null,
          scale: { type: 'log', domain: [...axis.domain], nice: false },
          axis: { values: [...axis.ticks], labelExpr: LOG_LABEL },
        },
        color: methodColor(methods, legend),
        strokeDash: methodDash(methods, legend),
      },
    },
  ];
  const layout = { panels: panels.length, minWidth: 260, maxWidth: 480, axis: 56 };
  const view = {
    title: axesTitle('distance by step'),
    data: { name: 'curves', values },
    ...facet('shadow', panels, 300, 240, layer),
  };
  return { id: 'rounding-sensitivity', title, caption, spec: chart(`${title}. ${caption}`, layout, view) };
}
