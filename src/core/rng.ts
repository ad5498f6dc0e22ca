import seedrandom from 'seedrandom';
import { cosPi, log, sinPi } from './math.ts';

/**
 * The independent streams of a run. Seed `i` is the same world for every method: the same initial
 * parameters, the same order of the data, so that comparisons are paired.
 */
export type StreamName =
  | 'init'
  | 'order'
  | 'dropout'
  | 'optimizer'
  | 'labelNoise'
  | 'perturbation'
  | `rounding/${'weights' | 'gradients' | 'moments'}`;

/** A source of random numbers. Every number is a pure function of the stream's key and its place in the sequence. */
export interface Rng {
  /** A whole number, uniform on [0, 2^32). */
  uint32(): number;
  /** Uniform on [0, 1), 53 bits. */
  uniform(): number;
  /** Standard normal (Box and Muller 1958, both values of a pair are used). */
  normal(): number;
  /** A whole number, uniform on [0, n), without bias. */
  below(n: number): number;
  /** Shuffles in place (Durstenfeld 1964, the Fisher-Yates shuffle). */
  shuffle(values: Int32Array): void;
}

/**
 * A named stream of a seed. `at(...counters)` gives the generator of one place in it, for example of an epoch
 * or of a step and a layer: nothing has to be carried along to resume at any step.
 */
export interface Stream {
  at(...counters: readonly number[]): Rng;
}

/**
 * The stream `name` of `seed`. seedrandom (ARC4) turns the name into a 128-bit key; the numbers come from
 * xoshiro128** (Blackman and Vigna 2018), started from the key and the counters through splitmix32.
 */
export function stream(seed: number, name: StreamName | (string & {})): Stream {
  const source = seedrandom(`thalweg/${name}/${seed}`);
  const key = Int32Array.from({ length: 4 }, () => source.int32());
  return {
    at(...counters) {
      const state = key.slice();
      for (const counter of counters) {
        // the low and the high half of the counter, so that counters beyond 2^32 stay distinct
        for (const half of [counter | 0, Math.floor(counter / 4294967296) | 0]) {
          for (let i = 0; i < 4; i++) state[i] = splitmix32(state[i] ^ splitmix32(half + i));
        }
        // every word must depend on every other, or counters would only be mixed word by word
        for (let i = 0; i < 4; i++) state[(i + 1) & 3] ^= splitmix32(state[i]);
      }
      return new Xoshiro128(state);
    },
  };
}

/** One step of Steele, Lea and Flood's splitmix, with a 32-bit finaliser (murmur3's). */
function splitmix32(x: number): number {
  let z = (x + 0x9e3779b9) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return z ^ (z >>> 16);
}

/** A class, not closures: methods that all generators share are inlined into loops, five times as fast. */
class Xoshiro128 implements Rng {
  #s0: number;
  #s1: number;
  #s2: number;
  #s3: number;
  #spare = Number.NaN;

  constructor(state: Int32Array) {
    if (state.every((word) => word === 0)) state[0] = 1; // the one state that the generator cannot leave
    [this.#s0, this.#s1, this.#s2, this.#s3] = state;
  }

  uint32(): number {
    const r = Math.imul(this.#s1, 5);
    const t = this.#s1 << 9;
    this.#s2 ^= this.#s0;
    this.#s3 ^= this.#s1;
    this.#s1 ^= this.#s2;
    this.#s0 ^= this.#s3;
    this.#s2 ^= t;
    this.#s3 = (this.#s3 << 11) | (this.#s3 >>> 21);
    return Math.imul((r << 7) | (r >>> 25), 9) >>> 0;
  }

  uniform(): number {
    return ((this.uint32() >>> 5) * 67108864 + (this.uint32() >>> 6)) / 9007199254740992;
  }

  normal(): number {
    if (!Number.isNaN(this.#spare)) {
      const value = this.#spare;
      this.#spare = Number.NaN;
      return value;
    }
    const radius = Math.sqrt(-2 * log(1 - this.uniform()));
    const angle = 2 * this.uniform();
    this.#spare = radius * sinPi(angle);
    return radius * cosPi(angle);
  }

  below(n: number): number {
    const limit = 4294967296 - (4294967296 % n);
    let x = this.uint32();
    while (x >= limit) x = this.uint32();
    return x % n;
  }

  shuffle(values: Int32Array): void {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const value = values[i];
      values[i] = values[j];
      values[j] = value;
    }
  }
}
