import type { Figure } from '../figure.ts';
import { count } from '../format.ts';
import { type Measure, type Method, resultsOf, type Split } from '../methods.ts';
import { evaluationCurve, stepCurve } from '../series.ts';
import {
  AT_BEST_RATE,
  areProblems,
  bestSettings,
  type Candidate,
  candidatesOf,
  MOST_IN_ONE_PANEL,
  seedsEach,
} from './candidates.ts';
import { curvePanels } from './curvePanels.ts';

/** Points of a curve of what is measured in every step: more than the pixels can tell apart is only weight. */
export function stepPoints(panels: number): number {
  return panels > 12 ? 40 : 100;
}

const SPLITS: readonly Split[] = ['train', 'validation'];
const PROBLEM_SPLITS: readonly Split[] = ['validation'];

/** Loss or error on the training and the validation data over the epochs, each method at its best setting. */
export function evaluationCurves(
  methods: readonly Method[],
  measure: Measure,
  shown = AT_BEST_RATE,
): Figure | null {
  const candidates = candidatesOf(methods);
  if (candidates.length === 0) return null;
  const time = areProblems(bestSettings(candidates)) ? 'step' : 'epoch';
  const { title, what, axis } = WORDS[time][measure];
  return curvePanels({
    id: `${measure}-curves`,
    title,
    caption: `${what}, ${shown}. ${seedSentence(candidates)}`,
    axes: `${axis} by ${time}`,
    candidates,
    // a problem has no data: its splits are the same curve
    series: candidates.flatMap(({ label, best }) =>
      (time === 'step' ? PROBLEM_SPLITS : SPLITS).map((split) => ({
        method: label,
        split,
        ...evaluationCurve(best, split, measure, time),
      })),
    ),
    log: measure === 'loss',
    mostInOnePanel: MOST_IN_ONE_PANEL,
  });
}

/** How a measure is called where the time is steps, which is that of problems, and where it is epochs. */
const WORDS = {
  step: {
    loss: {
      title: 'Distance from the minimum',
      what: 'Value of the function above its minimum',
      axis: 'distance from the minimum',
    },
    error: {
      title: 'Not solved',
      what: '100% until the problem is solved, 0% from there on',
      axis: 'share not solved',
    },
  },
  epoch: {
    loss: {
      title: 'Loss',
      what: 'Loss on the training and the validation data in evaluation mode',
      axis: 'loss',
    },
    error: {
      title: 'Error',
      what: 'Error rate on the training and the validation data in evaluation mode',
      axis: 'error',
    },
  },
} as const;

/** What of the step series a figure shows, and how it is called. */
export interface StepQuantity {
  readonly channel: string;
  readonly title: string;
  readonly what: string;
  readonly axes: string;
}

/** A channel of the step series over the steps, each method at its best setting. */
export function stepCurves(
  methods: readonly Method[],
  { channel, title, what, axes }: StepQuantity,
  shown = AT_BEST_RATE,
): Figure | null {
  const candidates = candidatesOf(methods);
  const series = candidates
    .map(({ label, best }) => ({
      method: label,
      split: 'train' as const,
      ...stepCurve(best, channel, stepPoints(candidates.length)),
    }))
    .filter((curve) => curve.median.some(Number.isFinite));
  if (series.length === 0) return null;
  return curvePanels({
    id: `step-${channel}`,
    title,
    caption: `${what}, ${shown}. ${bucketSentence(candidates)}`,
    axes,
    candidates,
    series,
    log: true,
    mostInOnePanel: 2, // the bands of single steps are wide: more of them hide each other
  });
}

function seedSentence(candidates: readonly Candidate[]): string {
  if (!hasManySeeds(candidates)) return 'One seed each: no band.';
  const seeds = seedsEach(bestSettings(candidates));
  return `Line: median over the seeds; band: smallest to largest value (${seeds}).${divergedSentence(candidates)}`;
}

export function bucketSentence(candidates: readonly Candidate[]): string {
  const many = hasManySeeds(candidates);
  const line = `${many ? 'median over the seeds of the ' : ''}median in a bucket of steps`;
  const band = `the smallest to the largest single step in the bucket${many ? ', over all seeds' : ''}`;
  const seeds = seedsEach(bestSettings(candidates));
  return `Line: ${line}; band: ${band} (${seeds}).${divergedSentence(candidates)}`;
}

function divergedSentence(candidates: readonly Candidate[]): string {
  const runs = bestSettings(candidates).flatMap(resultsOf);
  const diverged = runs.filter((record) => record.outcome.kind === 'diverged').length;
  if (diverged === 0) return '';
  return ` ${count(diverged, 'run')} of these diverged: from there on such a run counts as infinitely large in the median, and the band is that of the others.`;
}

function hasManySeeds(candidates: readonly Candidate[]): boolean {
  return bestSettings(candidates).some((setting) => resultsOf(setting).length > 1);
}
