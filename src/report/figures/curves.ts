import type { Figure } from '../figure.ts';
import { count } from '../format.ts';
import { type Measure, type Method, resultsOf, type Setting, type Split, seedOf } from '../methods.ts';
import {
  type Curve,
  evaluationCurve,
  placesOf,
  type Spacing,
  stepCurve,
  TIMES,
  type Time,
} from '../series.ts';
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
import type { Series } from './curveRows.ts';

/** Points of a curve: more than the pixels can tell apart is only weight. */
export const STEP_POINTS = 100;
const FEWEST_POINTS = 24;
/** Numbers in the data of one figure. Beyond, its curves have fewer points: a page of forty methods still opens at once. */
const MOST_NUMBERS = 9_000;
/** A figure that has room for no more points has no curves of single seeds. */
const ENOUGH_POINTS = 40;
/** Of the points of curves of single steps, the share that has buckets of equal ratio, for the logarithmic axis. */
const LOG_SHARE = 0.4;

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
  const areAllProblems = areProblems(bestSettings(candidates));
  const { title, what, quantity } = WORDS[areAllProblems ? 'step' : 'epoch'][measure];
  // a problem has no data: its splits are the same curve
  const splits = areAllProblems ? PROBLEM_SPLITS : SPLITS;
  const evaluations = Math.max(...candidates.map(({ best }) => evaluationsOf(best)));
  const size = sizeOf(splits.length, candidates, evaluations);
  const series = candidates.flatMap(({ label, best }) =>
    splits.map((split) =>
      seriesOf(
        label,
        split,
        null,
        best,
        (setting) => evaluationCurve(setting, split, measure, 'step', size.points),
        size.withSeeds,
      ),
    ),
  );
  const reduced = evaluations > size.points;
  return curvePanels({
    id: `${measure}-curves`,
    title,
    caption: `${what}, ${shown}. ${seedSentence(candidates, reduced)}`,
    quantity,
    times: areAllProblems ? PROBLEM_TIMES : TIMES,
    candidates,
    series,
    areShares: measure === 'error',
    mostInOnePanel: MOST_IN_ONE_PANEL,
  });
}

/**
 * The curves of a channel of the step series, for both kinds of horizontal axis. `limitOf` gives what the values are held
 * against at the steps of a curve.
 */
export function stepSeries(
  candidates: readonly Candidate[],
  channel: string,
  limitOf?: (setting: Setting, curve: Curve) => readonly number[],
): Series[] {
  if (candidates.length === 0) return [];
  const { points, withSeeds } = sizeOf(1 + LOG_SHARE, candidates, STEP_POINTS);
  const buckets = { linear: points, log: Math.round(LOG_SHARE * points) } as const;
  return candidates
    .flatMap(({ label, best }) =>
      (['linear', 'log'] as const).map((spacing) => {
        const series = seriesOf(
          label,
          'train',
          spacing,
          best,
          (setting) => stepCurve(setting, channel, buckets[spacing], spacing),
          withSeeds,
        );
        return limitOf === undefined ? series : { ...series, limit: limitOf(best, series.curve) };
      }),
    )
    .filter(({ curve }) => curve.median.some(Number.isFinite));
}

/** What the horizontal axis of curves of single steps can count. */
export function stepTimes(candidates: readonly Candidate[]): readonly Time[] {
  return areProblems(bestSettings(candidates)) ? PROBLEM_TIMES : STEP_TIMES;
}

const PROBLEM_TIMES: readonly Time[] = ['step', 'gradientEvaluations', 'flops'];
const STEP_TIMES: readonly Time[] = ['step', 'epoch', 'samples', 'gradientEvaluations', 'flops'];

/** How many evaluations the longest run of a setting has. */
function evaluationsOf(setting: Setting): number {
  return Math.max(...resultsOf(setting).map(({ series }) => series.evaluations.step.length));
}

/** How many points a curve may have, with `rows` curves a method, and whether there is room for every seed. */
function sizeOf(rows: number, candidates: readonly Candidate[], wanted: number): Size {
  const seeds = Math.max(...bestSettings(candidates).map((best) => resultsOf(best).length));
  const room = (columns: number) => Math.floor(MOST_NUMBERS / (rows * candidates.length * columns));
  const most = Math.min(STEP_POINTS, wanted);
  const withSeeds = seeds > 1 && room(COLUMNS + seeds) >= Math.min(ENOUGH_POINTS, wanted);
  const points = room(withSeeds ? COLUMNS + seeds : COLUMNS);
  return { withSeeds, points: Math.min(most, Math.max(FEWEST_POINTS, points)) };
}

interface Size {
  readonly points: number;
  readonly withSeeds: boolean;
}

/** Columns beside those of the seeds: four times, the median, the ends of the band. */
const COLUMNS = 7;

/** A curve of a setting with those of its seeds at the same places. */
function seriesOf(
  method: string,
  split: Split,
  spacing: Spacing | null,
  setting: Setting,
  curveOf: (setting: Setting) => Curve,
  withSeeds: boolean,
): Series {
  const curve = curveOf(setting);
  const runs = resultsOf(setting);
  const seeds = (withSeeds ? runs : []).map((run) => {
    const one = curveOf({ ...setting, records: [run] });
    const values = curve.x.map((at) => one.median[one.x.indexOf(at)] ?? Number.NaN);
    return { seed: seedOf(run), values };
  });
  return { method, split, spacing, curve, places: placesOf(setting, curve.x), seeds };
}

/** How a measure is called where the time is steps, which is that of problems, and where it is epochs. */
const WORDS = {
  step: {
    loss: {
      title: 'Distance from the minimum',
      what: 'Value of the function above its minimum',
      quantity: 'distance from the minimum',
    },
    error: {
      title: 'Not solved',
      what: '100% until the problem is solved, 0% from there on',
      quantity: 'share not solved',
    },
  },
  epoch: {
    loss: {
      title: 'Loss',
      what: 'Loss on the training and the validation data in evaluation mode',
      quantity: 'loss',
    },
    error: {
      title: 'Error',
      what: 'Error rate on the training and the validation data in evaluation mode',
      quantity: 'error',
    },
  },
} as const;

/** What of the step series a figure shows, and how it is called. */
export interface StepQuantity {
  readonly channel: string;
  readonly title: string;
  readonly what: string;
  /** What the vertical axis is: `loss`. */
  readonly quantity: string;
}

/** A channel of the step series over the steps, each method at its best setting. */
export function stepCurves(
  methods: readonly Method[],
  { channel, title, what, quantity }: StepQuantity,
  shown = AT_BEST_RATE,
): Figure | null {
  const candidates = candidatesOf(methods);
  const series = stepSeries(candidates, channel);
  if (series.length === 0) return null;
  return curvePanels({
    id: `step-${channel}`,
    title,
    caption: `${what}, ${shown}. ${bucketSentence(candidates)}`,
    quantity,
    times: stepTimes(candidates),
    candidates,
    series,
    areShares: false,
    mostInOnePanel: 2, // the bands of single steps are wide: more of them hide each other
  });
}

function seedSentence(candidates: readonly Candidate[], reduced: boolean): string {
  const bucket = reduced ? ' of the median in a bucket of neighbouring evaluations' : '';
  if (!hasManySeeds(candidates))
    return reduced
      ? 'Line: median in a bucket of neighbouring evaluations; band: the smallest to the largest evaluation in it (one seed each).'
      : 'One seed each: no band.';
  const seeds = seedsEach(bestSettings(candidates));
  return `Line: median over the seeds${bucket}; band: smallest to largest value (${seeds}).${divergedSentence(candidates)}`;
}

/** What line and band of a quantity of single steps are. */
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
