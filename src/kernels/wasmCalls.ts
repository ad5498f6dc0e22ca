import type { Vec } from '../core/memory.ts';

/** An exported function: vectors are passed as byte addresses (0 for null), truth values as 0 or 1. */
export type Kernel = (...args: number[]) => number;

/** Byte address of an element in the memory of its engine. */
export function at(v: Vec | Int32Array, element = 0): number {
  return v.byteOffset + element * v.BYTES_PER_ELEMENT;
}

export function atOrNull(v: Vec | Int32Array | null | undefined): number {
  return v?.byteOffset ?? 0;
}
