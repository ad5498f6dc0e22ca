import type { Figure } from '../figure.ts';
import type { Method } from '../methods.ts';
import { AT_BEST_RATE, candidatesOf } from './candidates.ts';
import { curvePanels } from './curvePanels.ts';
import { bucketSentence, stepSeries, stepTimes } from './curves.ts';

/** What is often aimed at; no theory says so. */
const RULE_OF_THUMB = 1e-3;

/** The norm of the update over that of the parameters by step: how far a step goes, in parts of where it starts. */
export function updateRatio(methods: readonly Method[], shown = AT_BEST_RATE): Figure | null {
  const candidates = candidatesOf(methods);
  const series = stepSeries(candidates, 'updateRatio', (_setting, { x }) => x.map(() => RULE_OF_THUMB));
  if (series.length === 0) return null;
  const what = 'Norm of the update over the norm of the parameters, both of all tensors together';
  const guide = `Dotted: ${RULE_OF_THUMB}, a rule of thumb for weights that learn at a healthy pace, not a law.`;
  return curvePanels({
    id: 'update-ratio',
    title: 'Update to weight',
    caption: `${what}, ${shown}. ${bucketSentence(candidates)} ${guide}`,
    quantity: 'update norm / parameter norm',
    times: stepTimes(candidates),
    candidates,
    series,
    areShares: false,
    mostInOnePanel: 2,
    limits: 'shared',
  });
}
