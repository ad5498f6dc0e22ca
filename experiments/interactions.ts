import { cross, experiment } from '../src/index.ts';

/** Two rates for each optimizer, 0.7 decades apart: the better one stands for the method. */
const learningRates = { sgd: [0.1, 0.5], momentum: [0.02, 0.1], adam: [0.001, 0.005] } as const;

const norms = [{ kind: 'none' }, { kind: 'batch' }] as const;
const activations = [{ kind: 'relu' }, { kind: 'prelu' }] as const;
const clips = [{ kind: 'none' }, { kind: 'globalNorm', maxNorm: 0.5 }] as const;

/** A crossed design, 3 x 2 x 2 x 2 methods: the report shows the effect of each factor, and which depend on another. */
export default experiment({
  title: 'Optimizer, norm, activation and clipping crossed',
  question:
    'Which of the four matters most after a short training, and does the answer depend on the others?',
  *runs() {
    for (const kind of ['sgd', 'momentum', 'adam'] as const) {
      const axes = {
        norm: norms,
        activation: activations,
        clip: clips,
        learningRate: learningRates[kind],
        seed: [0, 1],
      };
      for (const { norm, activation, clip, learningRate, seed } of cross(axes)) {
        yield {
          data: { kind: 'synthGlyphs', size: 16, train: 1000, validation: 500, test: 500 },
          model: { kind: 'missionCnn', norm, activation },
          optimizer: { kind, learningRate },
          clip,
          epochs: 2,
          evaluations: { perEpoch: 4 },
          seed,
        };
      }
    }
  },
});
