import { InvalidInput } from '../core/check.ts';
import type { Layout } from '../core/layout.ts';
import { execute, type Resources } from '../run/execute.ts';
import { type RunResult, runId } from '../run/record.ts';
import type { RunSpec } from '../run/spec.ts';
import { type DistanceCurve, type Divergence, divergenceOf } from '../stats/divergence.ts';
import { distanceBetween, paramsOf, Snapshots } from './snapshots.ts';

/**
 * The same run in other roundings:
 *
 * - ulp: one parameter, drawn by the seed, starts one unit in the last place higher;
 * - float64: on the reference engine, whose initial parameters are not rounded to float32 either;
 * - order: 3x3 convolutions by their definition instead of by Winograd's algorithm, which sums in another order.
 */
export const shadowKinds = ['ulp', 'float64', 'order'] as const;
export type ShadowKind = (typeof shadowKinds)[number];

/** How a run and one of its shadows part. */
export interface ShadowResult extends Divergence {
  readonly kind: ShadowKind;
  readonly curve: DistanceCurve;
  /** The shadow's final validation loss less the run's; NaN where one of them diverged. */
  readonly lossDifference: number;
}

/** The rounding sensitivity of a run. */
export interface Sensitivity {
  readonly id: string;
  readonly spec: RunSpec;
  readonly outcome: RunResult['outcome']['kind'];
  /** The final validation loss. */
  readonly loss: number;
  readonly shadows: readonly ShadowResult[];
}

/**
 * Executes a run and its shadows. The distance after step t, of the parameters without padding and in float64, is
 *
 *     d_t = ||p'_t - p_t||_2 / ||p_0||_2                (without the divisor where p_0 is 0)
 *
 * at every step where the copies of the run's parameters fit into 256 MB, else at every second, fourth, ... and the last. The unit is
 * fixed: so the growth is that of the difference, not of the parameters. It ends where either of the two diverges.
 * @param kinds a kind that the run has no shadow of is left out: `order` without 3x3 convolutions of 16n channels or with `convolution: direct`.
 * @throws InvalidInput for a run that is perturbed or on the reference engine: it would be its own shadow.
 */
export async function measureSensitivity(
  spec: RunSpec,
  resources: Resources,
  kinds: readonly ShadowKind[] = shadowKinds,
): Promise<Sensitivity> {
  if (isPerturbed(spec)) throw ownShadow('a perturbation', 'leave it out');
  if (spec.engine === 'reference' && kinds.includes('float64'))
    throw ownShadow('the engine reference', 'take the engine wasm, or leave out the shadow float64');
  const snapshots = new Snapshots();
  let layout: Layout | undefined;
  const base = await execute(spec, resources, {
    onStep(seen) {
      layout = seen.network.layout;
      snapshots.take(seen);
    },
  });
  const there = kinds.filter((kind) => kind !== 'order' || (layout !== undefined && hasOrders(spec, layout)));
  const shadows: ShadowResult[] = [];
  for (const kind of there) shadows.push(await follow(kind, spec, resources, snapshots, base));
  return { id: runId(spec), spec, outcome: base.outcome.kind, loss: finalLoss(base), shadows };
}

/** Whether a run is perturbed from its start or by one of its changes: it would be its own shadow. */
export function isPerturbed({ perturbation, changes = [] }: RunSpec): boolean {
  return (
    perturbation !== undefined ||
    changes.some(({ set }) => Object.keys(set).some((path) => path.split('.')[0] === 'perturbation'))
  );
}

async function follow(
  kind: ShadowKind,
  spec: RunSpec,
  resources: Resources,
  snapshots: Snapshots,
  base: RunResult,
): Promise<ShadowResult> {
  const steps: number[] = [];
  const distances: number[] = [];
  const start = snapshots.at(0);
  const unit = (start === undefined ? 0 : distanceBetween(start)) || 1;
  const shadow = await execute(shadowOf(kind, spec), resources, {
    onStep(seen) {
      const params = snapshots.at(seen.step);
      if (params === undefined) return;
      const distance = distanceBetween(paramsOf(seen), params) / unit;
      if (!Number.isFinite(distance)) return;
      steps.push(seen.step);
      distances.push(distance);
    },
  });
  const curve = { steps, distances };
  const lossDifference = finalLoss(shadow) - finalLoss(base);
  return { kind, curve, lossDifference, ...divergenceOf(curve) };
}

/** The spec of a shadow. */
export function shadowOf(kind: ShadowKind, spec: RunSpec): RunSpec {
  if (kind === 'float64') return { ...spec, engine: 'reference', convolution: 'direct' };
  if (kind === 'order') return { ...spec, convolution: 'direct' };
  return { ...spec, perturbation: { step: 0, ulps: 1 } };
}

/** Whether convolutions may be summed in an order that can be changed: Winograd's algorithm takes multiples of 16 channels (kernels/wasmWinograd.ts). */
function hasOrders({ convolution }: RunSpec, { slots }: Layout): boolean {
  const fits = ([K, C, R, S]: readonly number[]) => K % 16 === 0 && C % 16 === 0 && R === 3 && S === 3;
  return convolution === 'winograd' && slots.some(({ shape }) => shape.length === 4 && fits(shape));
}

function finalLoss({ outcome, series }: RunResult): number {
  return outcome.kind === 'completed'
    ? (series.evaluations.validation.loss.at(-1) ?? Number.NaN)
    : Number.NaN;
}

function ownShadow(what: string, wayOut: string): InvalidInput {
  return new InvalidInput(
    `invalid run: got one with ${what}, expected one that is compared with such a run; ${wayOut}`,
  );
}
