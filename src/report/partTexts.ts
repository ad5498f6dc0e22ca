import type { Json } from '../core/json.ts';
import { formatRate, visible } from './format.ts';
import type { JsonObject } from './labels.ts';

/** `nanGradient at 20 + rateSpike at 30 factor 10`: a list of parts by kind; of their options `at`, and those that differ in `peers`. */
export function listText(list: readonly JsonObject[], peers: readonly JsonObject[]): string {
  return list.map((part) => partText(part, peers)).join(' + ');
}

function partText(part: JsonObject, peers: readonly JsonObject[]): string {
  const alike = peers.filter(({ kind }) => kind === part.kind);
  const differs = (name: string) => new Set(alike.map((peer) => JSON.stringify(peer[name]))).size > 1;
  const names = Object.keys(part).filter((name) => name !== 'kind' && (name === 'at' || differs(name)));
  const options = names.map((name) => `${name} ${wordOf(part[name])}`);
  return [visible(String(part.kind)), ...options].join(' ');
}

/** `weights bfloat16 stochastic`, `gradients float16 scale 1024`, `moments bfloat16 on conv1`: a part of `precision`. */
export function storageText(name: string, part: JsonObject): string {
  const { format, rounding, scale, on, accumulate } = part;
  return [
    `${name} ${format}`,
    ...(rounding === 'stochastic' ? ['stochastic'] : []),
    ...(typeof scale === 'number' && scale !== 1 ? [`scale ${wordOf(scale)}`] : []),
    ...(Array.isArray(on) ? [`on ${on.map((slot) => visible(String(slot))).join(' and ')}`] : []),
    ...(accumulate === true ? ['accumulated'] : []),
  ].join(' ');
}

/** `1 ulp at step 3`, `-2 ulps of element 7 at step 0`: a `perturbation`. */
export function perturbationText({ ulps, step, element }: JsonObject): string {
  const units = `${ulps} ${ulps === 1 || ulps === -1 ? 'ulp' : 'ulps'}`;
  return `${units}${element === undefined ? '' : ` of element ${element}`} at step ${step}`;
}

function wordOf(value: Json): string {
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : formatRate(value);
  return typeof value === 'string' ? visible(value) : JSON.stringify(value);
}
