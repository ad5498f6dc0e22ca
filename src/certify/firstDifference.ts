import { differenceOf, type NumbersDifference } from '../core/ulps.ts';
import type { Part, Tensor, TracedOperation, TracedValue } from '../train/stepTracer.ts';
import { typeOf } from './traceFile.ts';

/** An operation of a step in words. */
export interface OperationName {
  readonly part: Part;
  readonly layer: string;
  readonly operation: string;
  readonly pass: number;
}

/** The first operation that gives something else although all before it were equal. */
export interface ValueDifference extends OperationName {
  readonly kind: 'value';
  /** What it was given, if that is different, else what it has computed. */
  readonly value: string;
  readonly isArgument: boolean;
  readonly type: 'float32' | 'float64' | 'int32';
  /** Where the value holds several tensors: the first one that differs. */
  readonly tensor: string | null;
  readonly shape: readonly number[] | null;
  readonly difference: NumbersDifference;
  /** Further values of the operation that differ, and further tensors of this one. */
  readonly alsoDiffer: readonly string[];
}

/** Up to here they do the same, with equal results; from here on they do not; null where one of them does nothing more. */
export interface OperationDifference {
  readonly kind: 'operation';
  readonly a: OperationName | null;
  readonly b: OperationName | null;
  /** What is not the same, if not the operations themselves. */
  readonly reason: string | null;
}

export type FirstDifference = ValueDifference | OperationDifference;

/** Compares two steps operation by operation; undefined if one is the beginning of the other and all that both have is equal. */
export function firstDifference(
  a: readonly TracedOperation[],
  b: readonly TracedOperation[],
): FirstDifference | undefined {
  const both = Math.min(a.length, b.length);
  for (let i = 0; i < both; i++) {
    const found = differenceOfOperations(a[i], b[i]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function differenceOfOperations(a: TracedOperation, b: TracedOperation): FirstDifference | undefined {
  const [nameA, nameB] = [nameOf(a), nameOf(b)];
  if (Object.values(nameA).join() !== Object.values(nameB).join())
    return { kind: 'operation', a: nameA, b: nameB, reason: null };
  // values of one form as far as there are such, and what stands there where there are no more
  const forms = [a, b].map(({ values }) => values.map((value) => [sizeOf(value), ...tensorsOf(value)]));
  const odd = forms[0].findIndex((form, i) => form.join() !== forms[1][i]?.join());
  const alike = odd >= 0 ? odd : forms[0].length;
  const differences = a.values.slice(0, alike).flatMap((value, i) => differencesOf(value, b.values[i]));
  const [first, ...others] = differences;
  if (first === undefined) {
    const reason = otherWords(forms[0][alike] ?? [], forms[1][alike] ?? []);
    return reason === undefined ? undefined : { kind: 'operation', a: nameA, b: nameB, reason };
  }
  const { value, tensor, difference } = first;
  return {
    kind: 'value',
    ...nameA,
    value: value.name,
    isArgument: value.isArgument === true,
    type: typeOf(value.values),
    tensor: tensor?.name ?? null,
    shape: tensor?.shape ?? value.shape ?? null,
    difference,
    alsoDiffer: others.map((other) =>
      other.tensor === undefined ? other.value.name : `${other.value.name} of ${other.tensor.name}`,
    ),
  };
}

function nameOf({ part, layer, operation, pass }: TracedOperation): OperationName {
  return { part, layer, operation, pass };
}

/** The first words that are not the same. */
function otherWords(a: readonly string[], b: readonly string[]): string | undefined {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    if (a[i] !== b[i]) return `${a[i] ?? 'nothing more'} in A, ${b[i] ?? 'nothing more'} in B`;
  }
  return undefined;
}

/** `mu (288 float32)`, without what lies between tensors. */
function sizeOf({ name, values, tensors }: TracedValue): string {
  const elements = tensors?.reduce((sum, { length }) => sum + length, 0) ?? values.length;
  return `${name} (${elements} ${typeOf(values)})`;
}

function tensorsOf({ name, tensors = [] }: TracedValue): string[] {
  return tensors.map(({ name: tensor, shape = [] }) => `${name} of ${tensor} ${shape.join('x')}`.trim());
}

interface Found {
  readonly value: TracedValue;
  readonly tensor?: Tensor;
  readonly difference: NumbersDifference;
}

/** Of a vector that holds tensors, tensor by tensor: what lies between them is not of the run. */
function differencesOf(a: TracedValue, b: TracedValue): Found[] {
  if (a.tensors === undefined) {
    const difference = differenceOf(a.values, b.values);
    return difference === undefined ? [] : [{ value: a, difference }];
  }
  return a.tensors.flatMap((tensor) => {
    const [begin, end] = [tensor.offset, tensor.offset + tensor.length];
    const difference = differenceOf(a.values.subarray(begin, end), b.values.subarray(begin, end));
    return difference === undefined ? [] : [{ value: a, tensor, difference }];
  });
}
