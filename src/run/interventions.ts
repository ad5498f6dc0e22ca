import type { Intervention } from '../train/intervention.ts';
import { precisionInterventions } from './precision.ts';
import type { RunSpec } from './spec.ts';

/** What a spec does to its run on purpose, in the order in which it acts. */
export function interventionsOf(spec: RunSpec): readonly Intervention[] {
  return precisionInterventions(spec);
}
