import { cross, experiment } from '../src/index.ts';

/**
 * One trunk of constant rate, sixteen ways to end it: no cooldown, or one of three shapes over the last 10 % to 50 % of the run. All
 * runs of a seed have the first half in common, and those with short cooldowns more than that: these steps are made once.
 */
const shapes = ['linear', 'sqrt', 'cosine'] as const;
const lengths = [0.1, 0.2, 0.3, 0.4, 0.5] as const;

export default experiment({
  title: 'Sixteen cooldowns of one trunk',
  question:
    'How long should the cooldown be after a training at constant rate, and does its shape matter beside its length?',
  conclusion: {
    metric: { split: 'validation', measure: 'loss', at: 'final' },
  },
  *runs() {
    const stable = { data: { kind: 'fashion5k' }, model: { kind: 'missionCnn' } } as const;
    const run = {
      ...stable,
      optimizer: { kind: 'adam', learningRate: 0.003 },
      batchSize: 32,
      epochs: 4,
    } as const;
    for (const seed of [0, 1]) {
      yield { ...run, seed, schedule: { kind: 'constant' } };
      for (const { cooldown, shape } of cross({ cooldown: lengths, shape: shapes }))
        yield { ...run, seed, schedule: { kind: 'wsd', cooldown, shape } };
    }
  },
});
