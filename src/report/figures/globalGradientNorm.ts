import { largest } from '../../stats/summary.ts';
import type { Figure } from '../figure.ts';
import type { JsonObject } from '../labels.ts';
import { type Method, type Setting, specOf } from '../methods.ts';
import { type Curve, stepCurve } from '../series.ts';
import { AT_BEST_RATE, candidatesOf } from './candidates.ts';
import { curvePanels } from './curvePanels.ts';
import { bucketSentence, STEP_POINTS, stepSeries, stepTimes } from './curves.ts';

/** A threshold farther than this from every norm is told of, not drawn: it would press the curves together. */
const FARTHEST = 100;

/** The norm of the whole gradient before clipping over the steps, with the threshold of the clip where it is one on this norm. */
export function globalGradientNorm(methods: readonly Method[], shown = AT_BEST_RATE): Figure | null {
  const candidates = candidatesOf(methods);
  const settings = new Map(candidates.map(({ label, best }) => [label, best]));
  const curves = stepSeries(candidates, 'gradNorm').map((series) => ({
    ...series,
    label: series.method,
    best: settings.get(series.method)!,
  }));
  if (curves.length === 0) return null;
  const thresholds = curves.map(({ best, curve }) => thresholdOf(best, curve));
  const norms = curves.flatMap(({ curve }) =>
    curve.median.filter((norm) => norm > 0 && Number.isFinite(norm)),
  );
  const isNear = (threshold: number) =>
    norms.some((norm) => threshold <= FARTHEST * norm && threshold >= norm / FARTHEST);
  const drawn = thresholds.map((threshold) =>
    threshold?.map((value) => (isNear(value) ? value : Number.NaN)),
  );
  const isDrawn = drawn.some((threshold) => threshold?.some(Number.isFinite));
  const sentences = [
    `Norm of the whole gradient before clipping, ${shown}. ${bucketSentence(candidates)}`,
    ...(isDrawn ? [thresholdSentence(curves.some(({ best }) => moves(best)))] : []),
    ...farSentence(curves, thresholds, isNear),
  ];
  return curvePanels({
    id: 'step-gradNorm',
    title: 'Gradient norm',
    caption: sentences.join(' '),
    quantity: 'gradient norm',
    times: stepTimes(candidates),
    candidates,
    series: curves.map((series, i) => ({
      ...series,
      ...(isDrawn ? { limit: drawn[i] ?? series.curve.x.map(() => Number.NaN) } : {}),
    })),
    areShares: false,
    mostInOnePanel: 2, // the bands of single steps are wide: more of them hide each other
    ...(isDrawn ? { limits: 'own' } : {}),
  });
}

function thresholdSentence(anyMoves: boolean): string {
  const moving = anyMoves ? '; where it moves, the median over the seeds of its median in a bucket' : '';
  return `Dotted: the threshold of the clip${moving}.`;
}

function farSentence(
  curves: readonly { readonly label: string }[],
  thresholds: readonly (readonly number[] | null)[],
  isNear: (threshold: number) => boolean,
): string[] {
  const labels = curves.flatMap(({ label }, i) => {
    const known = (thresholds[i] ?? []).filter((value) => !Number.isNaN(value));
    return known.length > 0 && !known.some(isNear) ? [label] : [];
  });
  const far = [...new Set(labels)];
  if (far.length === 0) return [];
  const names = far.length > 3 ? `${far.slice(0, 3).join('; ')} and ${far.length - 3} more` : far.join('; ');
  return [
    `Not drawn, since it is more than ${FARTHEST} times away from every norm: the threshold of ${names}.`,
  ];
}

/** The clips that compare the L2 norm of the whole gradient with a threshold. */
const GLOBAL = new Set(['globalNorm', 'autoClip', 'zClip']);

/** The threshold at the places of the curve; null where the clip is none on this norm. */
function thresholdOf(setting: Setting, { x }: Curve): readonly number[] | null {
  const clip = clipOf(setting);
  if (clip === null || !GLOBAL.has(String(clip.kind)) || (clip.normType ?? 2) !== 2) return null;
  if (clip.place === 'update') return null;
  if (typeof clip.maxNorm === 'number' && clip.kind === 'globalNorm')
    return x.map(() => clip.maxNorm as number);
  const { x: places, median } = stepCurve(setting, 'clip.threshold', STEP_POINTS);
  if (places.length === 0 || largest(median) <= 0) return null;
  return x.map((step) => {
    const value = median[places.indexOf(step)];
    return value === undefined || !Number.isFinite(value) ? Number.NaN : value;
  });
}

function moves(setting: Setting): boolean {
  const clip = clipOf(setting);
  return clip !== null && GLOBAL.has(String(clip.kind)) && typeof clip.maxNorm !== 'number';
}

function clipOf(setting: Setting): JsonObject | null {
  return (specOf(setting.records[0]).clip as JsonObject | undefined) ?? null;
}
