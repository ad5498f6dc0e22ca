import { z } from 'zod';
import { unknownName } from '../core/check.ts';
import type { Json } from '../core/json.ts';

/** The options of a catalog row: what a spec may say beside its `kind`. */
export type Options = Record<string, z.ZodType>;

/** What the catalog knows of one method. `create` turns its checked options into the thing itself. */
export interface Row<O extends Options, Args extends readonly unknown[], Made> {
  /** One line. */
  readonly summary: string;
  /** The paper, or the library whose default it is. */
  readonly source?: string;
  readonly options: O;
  readonly create: (options: z.output<z.ZodObject<O>>, ...args: Args) => Made;
}

/** A library's form of a method. */
export interface Dialect {
  /** What differs from the plain form, in a few words. */
  readonly differs: string;
  /** The defaults of this form that are not those of the plain one. */
  readonly defaults?: Readonly<Record<string, Json>>;
}

/** Gives a row its types: the options of `create` are those of the schema beside it. */
export function row<O extends Options, Args extends readonly unknown[], Made>(
  definition: Row<O, Args, Made>,
): Row<O, Args, Made> {
  return definition;
}

/**
 * A row with other libraries' forms of the method by name: `keras` makes the kind `adam@keras`. The plain kind is PyTorch's
 * form, or that of the method's authors.
 */
export function withDialects<R extends object, const D extends Readonly<Record<string, Dialect>>>(
  plain: R,
  dialects: D,
): R & { readonly dialects: D } {
  return { ...plain, dialects };
}

/** A family of methods by kind. */
export type Table = Readonly<
  Record<
    string,
    {
      readonly summary: string;
      readonly source?: string;
      readonly options: Options;
      readonly dialects?: Readonly<Record<string, Dialect>>;
      readonly create: (...args: never[]) => unknown;
    }
  >
>;

/** `adam`, and `adam@keras` for each dialect of its row. */
type KindOf<K extends string, R> = R extends { readonly dialects: infer D }
  ? K | `${K}@${keyof D & string}`
  : K;
type WithKind<K extends string, R extends { readonly options: Options }> = z.ZodObject<
  { kind: z.ZodLiteral<KindOf<K, R>> } & R['options']
>;

/** What a spec looks like after (`SpecOf`) and before (`SpecInputOf`) defaults are filled in: one member a row. */
export type SpecOf<T extends Table> = { [K in keyof T & string]: z.output<WithKind<K, T[K]>> }[keyof T &
  string];
export type SpecInputOf<T extends Table> = { [K in keyof T & string]: z.input<WithKind<K, T[K]>> }[keyof T &
  string];

/** A kind and its dialect: `adam@keras` is adam in the form of keras, `adam` has no dialect. */
export function splitKind(kind: string): { readonly name: string; readonly dialect: string | undefined } {
  const [name, dialect] = kind.split('@');
  return { name, dialect };
}

/** An object whose unknown keys are errors that name the nearest known key. */
export function strict<O extends z.ZodRawShape>(shape: O): z.ZodObject<O, z.core.$strict> {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? (issue.keys as string[]).map((key) => unknownName('option', key, known).message).join('; ')
        : undefined,
  });
}

/** The schema of a family: an object whose `kind` names a row and whose other keys are that row's options. */
export function family<T extends Table>(what: string, table: T): z.ZodType<SpecOf<T>, SpecInputOf<T>> {
  const kinds = Object.keys(table);
  const members = kinds.flatMap((kind) => {
    const { options, dialects = {} } = table[kind] as {
      options: Options;
      dialects?: Record<string, Dialect>;
    };
    const plain = strict({ kind: z.literal(kind), ...options });
    const others = Object.entries(dialects).map(([name, { defaults = {} }]) => {
      const changed = Object.entries(defaults).map(([option, value]) => [
        option,
        options[option].default(value),
      ]);
      return strict({ kind: z.literal(`${kind}@${name}`), ...options, ...Object.fromEntries(changed) });
    });
    return [plain, ...others];
  });
  const schema = z.discriminatedUnion('kind', members as unknown as [z.ZodObject], {
    error: (issue) => {
      const kind = (issue.input as { kind?: unknown } | undefined)?.kind;
      if (typeof kind === 'string') {
        const { name } = splitKind(kind);
        const dialects = Object.keys((Object.hasOwn(table, name) && table[name].dialects) || {});
        return unknownName(what, kind, dialects.length > 0 ? dialects.map((d) => `${name}@${d}`) : kinds)
          .message;
      }
      return `expected an object with a kind, one of ${kinds.join(', ')}, got ${describeValue(issue.input)}`;
    },
  });
  return schema as unknown as z.ZodType<SpecOf<T>, SpecInputOf<T>>;
}

/** A value as an error message shows it: short, and never a whole object. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === 'bigint') return `${value}n, a bigint`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null)
    return `an object with ${Object.keys(value).join(', ') || 'no keys'}`;
  return String(value);
}

/** The defaults of a row's options; options that must be given are left out. */
export function defaultsOf(options: Options): Record<string, Json> {
  const defaults: Record<string, Json> = {};
  for (const [name, schema] of Object.entries(options)) {
    const parsed = schema.safeParse(undefined);
    if (parsed.success && parsed.data !== undefined) defaults[name] = parsed.data as Json;
  }
  return defaults;
}
