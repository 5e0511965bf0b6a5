import type { z } from 'zod';
import { tooDeep } from './prune.ts';
import { fieldPath } from './shape/field-path.ts';
import type { Problem } from './row.ts';

/** Problems of one object that are reported; the rest are most likely similar. */
export const maxProblems = 16;

/**
 * Reads a user's object. A message never holds a value, which may be part of a Secret: only field paths and what is
 * allowed.
 */
export function check<T>(
  schema: z.ZodType<T>,
  value: unknown,
): { readonly kind: 'ok'; readonly value: T } | { readonly kind: 'invalid'; readonly problems: Problem[] } {
  const result = schema.safeParse(value, { error: wording });
  if (result.success) return { kind: 'ok', value: result.data };
  return { kind: 'invalid', problems: problemsOf(result.error).slice(0, maxProblems) };
}

export function problemsOf(error: { readonly issues: readonly z.core.$ZodIssue[] }): Problem[] {
  return error.issues.map((issue) => ({ path: fieldPath(issue.path), message: issue.message }));
}

function wording(issue: z.core.$ZodRawIssue): string {
  if (issue.input === tooDeep) return 'must not be nested more than 64 deep';
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is required';
      return `must be ${article(issue.expected)}, not ${nameOfType(issue.input)}`;
    case 'too_small':
      return bound('at least', issue.origin, issue.minimum);
    case 'too_big':
      return bound('at most', issue.origin, issue.maximum);
    case 'invalid_value':
      if (issue.input === undefined) return 'is required';
      return `must be ${issue.values.map(String).join(', ')}`.replace(/, ([^,]*)$/, ' or $1');
    case 'invalid_union':
      return issue.inclusive === false || issue.options === undefined
        ? 'is not valid'
        : `must be one of ${issue.options.map(String).join(', ')}`;
    case 'invalid_format':
    case 'invalid_key':
    case 'invalid_element':
    case 'not_multiple_of':
    case 'unrecognized_keys':
    case 'custom':
      break;
  }
  return 'is not valid';
}

const articles: ReadonlyMap<string, string> = new Map([
  ['string', 'a string'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'a map'],
]);

function article(expected: string): string {
  return articles.get(expected) ?? expected;
}

function nameOfType(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number' && !Number.isInteger(value)) return 'a fraction';
  return articles.get(typeof value) ?? typeof value;
}

function bound(limit: 'at least' | 'at most', origin: string, amount: number | bigint): string {
  if (origin === 'array') return `must hold ${limit} ${amount} item${Number(amount) === 1 ? '' : 's'}`;
  if (origin === 'string')
    return `must be ${limit} ${amount} character${Number(amount) === 1 ? '' : 's'} long`;
  return `must be ${limit} ${amount}`;
}
