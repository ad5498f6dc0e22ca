import { sha256 } from '../core/hash.ts';
import { canonicalJson } from '../core/json.ts';
import type { RunSpec } from '../run/spec.ts';

/** The digest of what is left of a spec when its seed and its learning rate are put aside: what decides whether the run can be run. */
export function settingOf(spec: RunSpec): string {
  return sha256(canonicalJson({ ...spec, seed: 0, optimizer: { ...spec.optimizer, learningRate: 0 } }));
}
