import type { z } from 'zod';
import { InvalidInput } from '../core/check.ts';
import { describeValue } from './schema.ts';

/**
 * Checks a value and fills in what has a default.
 * @throws InvalidInput that lists every mistake, each with its path after `where`.
 */
export function parse<T>(schemaOf: z.ZodType<T>, input: unknown, where: string): T {
  const parsed = schemaOf.safeParse(input);
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map((issue) => {
    const path = issue.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
    return `${where}${path}: ${messageOf(issue, input)}`;
  });
  throw new InvalidInput(`invalid ${mistakes.join('\n  ')}`);
}

/** zod's own wording for a missing or mistyped value, in the form got, expected. */
function messageOf(issue: z.core.$ZodIssue, input: unknown): string {
  if (issue.code !== 'invalid_type' && issue.code !== 'invalid_value') return issue.message;
  if (!issue.message.startsWith('Invalid')) return issue.message;
  const value = issue.path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
    input,
  );
  const expected =
    issue.code === 'invalid_type'
      ? issue.expected
      : `one of ${issue.values.map((v) => JSON.stringify(v)).join(', ')}`;
  return `expected ${expected}, got ${describeValue(value)}`;
}
