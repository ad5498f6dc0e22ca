import type { Json } from '../../core/json.ts';
import type { RoundedIteration } from '../../optim/newtonSchulzRounded.ts';
import type { Transform } from '../../optim/transform.ts';
import { belowOne, notNegative } from '../numbers.ts';
import type { Decay } from './weightDecays.ts';

/** A method as the training loop assembles it: the direction, and the decoupled decay that is part of the method. */
export interface Method {
  readonly direction: Transform;
  /** Takes the gradient from another place than the parameters, before anything else sees it. */
  readonly gradient?: Transform;
  readonly decay?: Decay;
}

/** What the default export of a user's optimizer file is: options in, the direction (before the learning rate) out. */
export type UserOptimizer = (options: Readonly<Record<string, Json>>) => Transform;

/** What a row is given beside its options. */
export interface MethodContext {
  /** The form of the method, see `Row.dialects`; undefined for the plain one. */
  readonly dialect: string | undefined;
  /** Users' optimizers by the digest of their file. */
  readonly userOptimizers: Readonly<Record<string, UserOptimizer>>;
  /** How a Newton-Schulz iteration is rounded, where it is. */
  readonly newtonSchulz?: RoundedIteration | undefined;
}

/** Common options: a small number that keeps a divisor away from 0, and a decay rate of a mean. */
export const eps = (value: number) => notNegative.default(value);
export const beta = (value: number) => belowOne.default(value);
