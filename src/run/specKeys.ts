import type { z } from 'zod';
import type { Json } from '../core/json.ts';
import { specShape } from './spec.ts';

/** A key of a spec, for lists and documents. */
export interface SpecKey {
  /** What a value of it looks like. */
  readonly type: string;
  readonly required: boolean;
  /** Undefined where it has none. */
  readonly default?: Json;
  readonly summary: string;
}

/** What the schema of specs knows of its keys, by their paths: `evaluations.perEpoch`. */
export const specKeys: Readonly<Record<string, SpecKey>> = Object.fromEntries(keysOf(specShape, ''));

function keysOf(shape: Readonly<Record<string, z.ZodType>>, prefix: string): [string, SpecKey][] {
  return Object.entries(shape).flatMap(([key, schema]) => {
    const inner = innermost(schema);
    if (inner.type === 'object') {
      const parts = (inner as unknown as { readonly shape: Readonly<Record<string, z.ZodType>> }).shape;
      return keysOf(parts, `${prefix}${key}.`);
    }
    return [[`${prefix}${key}`, describe(schema, inner)]];
  });
}

function describe(schema: z.ZodType, inner: z.ZodType): SpecKey {
  const parsed = schema.safeParse(undefined);
  return {
    type: typeOf(inner),
    required: !parsed.success,
    ...(parsed.data === undefined ? {} : { default: parsed.data as Json }),
    summary: schema.description ?? '',
  };
}

/** The schema within what gives defaults and turns one value into another. */
function innermost(schema: z.ZodType): z.ZodType {
  const { innerType, in: before } = schema.def as { readonly innerType?: z.ZodType; readonly in?: z.ZodType };
  const next = innerType ?? before;
  return next === undefined ? schema : innermost(next);
}

function elementKeys(schema: z.ZodType): string {
  const { element } = schema.def as unknown as { readonly element: z.ZodType };
  const inner = innermost(element) as unknown as { readonly type: string; readonly shape?: object };
  return inner.type === 'object' ? Object.keys(inner.shape ?? {}).join(', ') : 'kind, ...';
}

function typeOf(schema: z.ZodType): string {
  switch (schema.type) {
    case 'union':
      return '{ kind, ... }';
    case 'array':
      return (schema as z.ZodArray<z.ZodType>).element.type === 'string'
        ? 'list of names'
        : `list of { ${elementKeys(schema)} }`;
    case 'record':
      return '{ name: number }';
    case 'enum':
      return (schema as z.ZodEnum).options.join(' or ');
    case 'custom':
      return 'number, or { base, schedule }';
    default:
      return schema.type;
  }
}
