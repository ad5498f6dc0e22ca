import { experiment, frozenTargets, tunedComparison } from '../src/index.ts';
import targetsFile from './targets/synthGlyphs-1.json' with { type: 'json' };
import { methodsFor } from './workloads/methods.ts';
import { synthGlyphs } from './workloads/synthGlyphs.ts';

/** Eight methods with 16 trials of 3 seeds each, by the rules of docs/fairness.md: 384 runs, and 10 of every winner. */
const { sgd, momentum, nesterov, adagrad, rmsprop, adam, adamw, nadamw } = methodsFor(synthGlyphs);
const methods = { sgd, momentum, nesterov, adagrad, rmsprop, adam, adamw, nadamw };

const metric = { split: 'validation', measure: 'loss', at: 'best' } as const;
const { hard: target } = frozenTargets(targetsFile, methods);

export default experiment({
  title: 'Eight optimizers, each tuned with sixteen trials',
  question:
    'Which optimizer gets furthest, and which to the target first, when all are tuned with the same budget?',
  conclusion: { metric, target, reference: 'momentum' },
  protocol: tunedComparison({ methods, track: 'tuned-16', metric, target, evaluationSeeds: 10 }),
});
