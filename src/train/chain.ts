import { clearLanes, digestOfLanes, LANES } from '../core/fingerprint.ts';
import { sha256 } from '../core/hash.ts';
import type { Layout } from '../core/layout.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { Network } from '../nn/network.ts';
import type { RateSource } from './train.ts';

/**
 * What a record keeps of all states of a run: parameters, running statistics, the state of the optimizer and of a learning rate that
 * reacts to a metric. The positions of the random streams are the number of the step: they are addressed by place.
 */
export interface ChainRecord {
  /** Steps from one link to the next. */
  readonly every: number;
  /**
   * Eight hexadecimal digits for the state before the first step and for that after each `every`-th step: 32 bits of its fingerprint
   * (see core/fingerprint.ts). The state does not depend on `every`, so two runs can be compared at the steps that both have.
   */
  readonly digests: string;
  /** The link after the last step: link = SHA-256 of the previous link, the step and the whole fingerprint of the state. */
  readonly last: string;
}

/** A chain after some step, to go on from. */
export type SavedChain = ChainRecord;

/** The most digests of a record: a longer run has sparser links. */
export const MOST_LINKS = 4096;

/**
 * Steps between two links, a power of two: 1 where links cost less than 2 % of the steps. It follows from the sizes alone, by these
 * measured costs: a link 4 microseconds and one for 14,000 bytes of state, a step 2 microseconds and one for 70,000 operations and for
 * 6,000 bytes of state.
 */
export function linksEvery(bytes: number, flops: number, horizon: number): number {
  const share = (4 + bytes / 14000) / (2 + flops / 70000 + bytes / 6000);
  let every = 1;
  while (share / every > 0.02 || horizon / every > MOST_LINKS) every *= 2;
  return every;
}

/** What a state consists of. */
export interface ChainedState {
  readonly network: Pick<Network, 'params' | 'buffers' | 'layout' | 'plan'>;
  readonly kernels: Pick<Kernels, 'fingerprint'>;
  readonly optimizerState: unknown;
  readonly rate: RateSource;
  /** LANES integers of the engine's memory, to work in. */
  readonly lanes: Int32Array;
}

const START = '0'.repeat(64);

/** The links of one run. */
export class Chain {
  readonly #state: ChainedState;
  #every: number;
  readonly #block = new Uint8Array(64 + 8 + LANES * 4);
  readonly #view = new DataView(this.#block.buffer);
  readonly #scalar = new Float64Array(1);
  #digests: string[] = [];
  #last = START;
  /** The step of the last link. */
  #step = -1;

  constructor(state: ChainedState, every: number) {
    this.#state = state;
    this.#every = every;
  }

  /** Adds the link after `step`, if it is due. */
  endStep(step: number): void {
    if (step % this.#every !== 0) return;
    this.#fill();
    this.#digests.push(digestOfLanes(this.#state.lanes));
    this.#last = this.#link(step);
    this.#step = step;
  }

  /** The whole fingerprint of the state as it is, as 256 hexadecimal digits. */
  fingerprint(): string {
    this.#fill();
    return Array.from(this.#state.lanes, (lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('');
  }

  save(): SavedChain {
    return { every: this.#every, digests: this.#digests.join(''), last: this.#last };
  }

  /** Goes on with the links of another state: where they lie was decided at the start of the run. */
  restore({ every, digests, last }: SavedChain): void {
    this.#every = every;
    this.#digests = digests.match(/.{8}/g) ?? [];
    this.#last = last;
    this.#step = (this.#digests.length - 1) * this.#every;
  }

  /** The chain of a run that has ended after `step`. */
  finish(step: number): ChainRecord {
    const saved = this.save();
    if (this.#step === step) return saved;
    this.#fill();
    return { ...saved, last: this.#link(step) };
  }

  #link(step: number): string {
    const { lanes } = this.#state;
    for (let i = 0; i < 64; i++) this.#block[i] = this.#last.charCodeAt(i);
    this.#view.setFloat64(64, step, true);
    for (let i = 0; i < LANES; i++) this.#view.setInt32(72 + 4 * i, lanes[i], true);
    return sha256(this.#block);
  }

  #fill(): void {
    const { network, lanes, optimizerState, rate } = this.#state;
    clearLanes(lanes);
    this.#absorb(network.params, network.layout);
    this.#absorb(network.buffers, network.plan.buffers);
    this.#absorbState(optimizerState, network.layout);
    if ('controller' in rate) this.#absorbState(rate.controller.save(), network.layout);
  }

  /** Slot by slot: what lies between the slots is not of the run. */
  #absorb(v: Float32Array | Float64Array | Int32Array, layout: Places): void {
    const { kernels, lanes } = this.#state;
    if (v.length !== layout.length) kernels.fingerprint(lanes, v, 0, v.length);
    else for (const { offset, length } of layout.slots) kernels.fingerprint(lanes, v, offset, length);
  }

  /** Plain data (see plainState.ts) in the order in which it stands. */
  #absorbState(state: unknown, layout: Layout): void {
    if (state === null || state === undefined) return;
    if (state instanceof Float32Array || state instanceof Float64Array || state instanceof Int32Array) {
      this.#absorb(state, layout);
    } else if (typeof state === 'object') {
      for (const key in state) this.#absorbState((state as Record<string, unknown>)[key], layout);
    } else if (typeof state === 'string') {
      for (let i = 0; i < state.length; i++) this.#absorbNumber(state.charCodeAt(i));
    } else {
      this.#absorbNumber(Number(state));
    }
  }

  #absorbNumber(value: number): void {
    this.#scalar[0] = value;
    this.#state.kernels.fingerprint(this.#state.lanes, this.#scalar, 0, 1);
  }
}

interface Places {
  readonly length: number;
  readonly slots: readonly { readonly offset: number; readonly length: number }[];
}

/** Bytes of a state, for its price. */
export function stateBytes(state: unknown): number {
  if (ArrayBuffer.isView(state)) return state.byteLength;
  if (typeof state !== 'object' || state === null) return 8;
  return Object.values(state).reduce((sum: number, part) => sum + stateBytes(part), 0);
}
