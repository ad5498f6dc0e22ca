import { canonicalJson } from '../core/json.ts';
import type { RunSpec } from '../run/spec.ts';

/** What is left of a spec when its seed and its learning rate are put aside: it decides whether the run can be run. */
export function settingOf(spec: RunSpec): string {
  return canonicalJson({ ...spec, seed: 0, optimizer: { ...spec.optimizer, learningRate: 0 } });
}
