import { canonicalJson, parseCanonicalJson } from '../core/json.ts';
import type { Numbers } from '../core/ulps.ts';
import type { TracedOperation, TracedValue } from '../train/stepTracer.ts';
import type { States } from './side.ts';

/**
 * What one version of thalweg tells another about a run (`thalweg trace`): a line of JSON, and behind it the numbers of all values of all
 * operations, one behind the other, as they lie in memory (little-endian). A change of either needs another number here.
 */
export const PROTOCOL = 1;

interface Head {
  readonly protocol: number;
  /** The digest of the engine that has computed it. */
  readonly engine: string;
  readonly states?: States;
  readonly operations?: readonly OperationHead[];
}

interface OperationHead extends Omit<TracedOperation, 'values'> {
  readonly values: readonly (Omit<TracedValue, 'values'> & {
    readonly type: Type;
    readonly length: number;
  })[];
}

type Type = 'float32' | 'float64' | 'int32';
const arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array };

export function typeOf(values: Numbers): Type {
  return values instanceof Float32Array ? 'float32' : values instanceof Float64Array ? 'float64' : 'int32';
}

export function encodeStates(engine: string, states: States): Uint8Array {
  return encode({ protocol: PROTOCOL, engine, states }, []);
}

export function encodeOperations(engine: string, operations: readonly TracedOperation[]): Uint8Array {
  const heads = operations.map(({ values, ...operation }) => ({
    ...operation,
    values: values.map(({ values, ...value }) => ({ ...value, type: typeOf(values), length: values.length })),
  }));
  const numbers = operations.flatMap(({ values }) => values.map((value) => value.values));
  return encode({ protocol: PROTOCOL, engine, operations: heads }, numbers);
}

function encode(head: Head, numbers: readonly Numbers[]): Uint8Array {
  const bytes = numbers.map((v) => new Uint8Array(v.buffer, v.byteOffset, v.byteLength));
  return Buffer.concat([Buffer.from(`${canonicalJson(head)}\n`), ...bytes]);
}

/** @throws if the bytes are not of this protocol. */
export function decodeStates(bytes: Uint8Array): States {
  const { states } = decode(bytes).head;
  if (states === undefined) throw new Error('it has no states');
  return states;
}

/** @throws if the bytes are not of this protocol. */
export function decodeOperations(bytes: Uint8Array): TracedOperation[] {
  const { head, rest } = decode(bytes);
  let next = 0;
  return (head.operations ?? []).map(({ values, ...operation }) => ({
    ...operation,
    values: values.map(({ type, length, ...value }) => {
      const array = arrays[type];
      const begin = next;
      next += length * array.BYTES_PER_ELEMENT;
      return { ...value, values: new array(rest.slice(begin, next).buffer, 0, length) };
    }),
  }));
}

function decode(bytes: Uint8Array): { readonly head: Head; readonly rest: Uint8Array } {
  const end = bytes.indexOf(0x0a);
  const head = parseCanonicalJson(Buffer.from(bytes.subarray(0, end)).toString()) as unknown as Head;
  if (head.protocol !== PROTOCOL)
    throw new Error(`it speaks protocol ${head.protocol}, this version speaks ${PROTOCOL}`);
  return { head, rest: Uint8Array.from(bytes.subarray(end + 1)) };
}
