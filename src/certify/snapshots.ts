import type { SeenStep } from '../train/checkpoint.ts';

/** The parameters of a network after a step, one tensor behind the other, without padding. */
export type Params = Float32Array | Float64Array;

/** All copies of one run may take this many bytes, and there are at most so many of them. */
const MOST_BYTES = 2 ** 28;
const MOST_STEPS = 2048;

/**
 * The parameters of a run at every `every`-th step and at its last. `every` is a power of two: when there are too many copies,
 * every other one is dropped. So it follows from the sizes of the network and of the run alone.
 */
export class Snapshots {
  #every = 1;
  #taken = new Map<number, Params>();
  #last: { readonly step: number; readonly params: Params } | undefined;

  /** For `onStep` of a run. */
  take(seen: SeenStep): void {
    const { step } = seen;
    const params = paramsOf(seen);
    this.#last = { step, params };
    if (step % this.#every !== 0) return;
    this.#taken.set(step, params);
    while (this.#taken.size > MOST_STEPS || this.#taken.size * params.byteLength > MOST_BYTES) this.#thin();
  }

  #thin(): void {
    this.#every *= 2;
    for (const step of this.#taken.keys()) if (step % this.#every !== 0) this.#taken.delete(step);
  }

  at(step: number): Params | undefined {
    return step === this.#last?.step ? this.#last.params : this.#taken.get(step);
  }
}

/** A copy of the parameters without padding. */
export function paramsOf({ network: { params, layout } }: Pick<SeenStep, 'network'>): Params {
  const length = layout.slots.reduce((sum, slot) => sum + slot.length, 0);
  const copy = params instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);
  let at = 0;
  for (const slot of layout.slots) {
    copy.set(params.subarray(slot.offset, slot.offset + slot.length), at);
    at += slot.length;
  }
  return copy;
}

/** The L2 norm of a - b, or of a alone, summed in their order. */
export function distanceBetween(a: Params, b?: Params): number {
  let square = 0;
  for (let i = 0; i < a.length; i++) {
    const d = b === undefined ? a[i] : a[i] - b[i];
    square += d * d;
  }
  return Math.sqrt(square);
}
