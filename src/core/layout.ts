import type { Vec } from './memory.ts';

/** What a tensor is for. Weight decay, learning-rate groups and reports select slots by role. */
export type Role = 'weight' | 'bias' | 'gamma' | 'beta' | 'slope';

/** A tensor as a layer declares it, before it has a place. */
export interface TensorDeclaration {
  /** Unique within the network, for example `conv1.weight`. */
  readonly name: string;
  /** Row-major. Convolution kernels are [out, in, rows, columns], dense weights [out, in] (PyTorch's order). */
  readonly shape: readonly number[];
  readonly role: Role;
}

/** A named tensor at a place in a flat vector. */
export interface Slot extends TensorDeclaration {
  /** First element, counted in elements; a multiple of {@link ALIGNMENT}. */
  readonly offset: number;
  /** Number of elements, without padding. */
  readonly length: number;
}

/**
 * Where every tensor of a quantity lies in one flat vector. Parameters, gradients, updates and every
 * optimizer moment of a network share one layout. The gaps between slots are padding: they start at zero,
 * no norm or check reads them, and digests only inside an optimizer's vectors of another length than the layout.
 */
export interface Layout {
  readonly slots: readonly Slot[];
  /** Length of the flat vector, padding included. */
  readonly length: number;
}

/** Slots start at multiples of this many elements (64 bytes of float32: one cache line, four SIMD vectors). */
export const ALIGNMENT = 16;

export function align(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/**
 * Places tensors one behind the other in the order in which they are declared.
 * @throws if two declarations have the same name.
 */
export function createLayout(declarations: readonly TensorDeclaration[]): Layout {
  const slots: Slot[] = [];
  let offset = 0;
  for (const declaration of declarations) {
    if (slots.some((slot) => slot.name === declaration.name)) {
      throw new Error(`invalid layout: two tensors are named ${declaration.name}; give each its own name`);
    }
    const length = sizeOf(declaration.shape);
    slots.push({ ...declaration, offset, length });
    offset += align(length);
  }
  return { slots, length: offset };
}

/** Number of elements without padding. */
export function countElements(layout: Layout): number {
  return layout.slots.reduce((sum, slot) => sum + slot.length, 0);
}

/** v_i <- factor v_i for the elements of the slots, computed in float64 and rounded once to the type of v. */
export function scaleSlots(v: Vec, slots: readonly Slot[], factor: number): void {
  for (const { offset, length } of slots) for (let i = offset; i < offset + length; i++) v[i] *= factor;
}
