import { experiment, targetSearch } from '../src/index.ts';
import { methodsFor } from './workloads/methods.ts';
import { synthGlyphs } from './workloads/synthGlyphs.ts';

/** Finds the targets of targets/synthGlyphs-1.json; docs/fairness.md has the procedure. */
const { momentum, nesterov, adamw, nadamw } = methodsFor(synthGlyphs);

export default experiment({
  title: 'Targets on the procedural glyphs',
  question: 'Which validation loss does the best of four reference methods reach after 64 trials each?',
  conclusion: { metric: { split: 'validation', measure: 'loss', at: 'best' } },
  protocol: targetSearch({ methods: { momentum, nesterov, adamw, nadamw }, trials: 64, measure: 'loss' }),
});
