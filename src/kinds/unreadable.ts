import type { Problem } from './row.ts';
import { fieldPathSegments, fieldPath } from './shape/field-path.ts';

/**
 * A part of a row that could not be read as it is written. It has the values that the parts which can be read come to, and
 * says what is wrong with the others, by paths below itself; absent when all of it was read. Translation gives the
 * verdict: whatever the part was to restrict stays closed, and a condition names the field.
 */
export interface Readable {
  readonly unreadable?: readonly Problem[] | undefined;
}

/** Everything in a row, or in a part of one, that could not be read, with field paths that begin with `path`. */
export function unreadableParts(part: unknown, path: string): Problem[] {
  const found: Problem[] = [];
  collect(part, fieldPathSegments(path), found);
  return found;
}

function collect(value: unknown, path: readonly (string | number)[], found: Problem[]): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    if (name === field && Array.isArray(inner)) {
      for (const problem of inner as readonly Problem[])
        found.push({
          path: fieldPath([...path, ...fieldPathSegments(problem.path)]),
          message: problem.message,
        });
    } else collect(inner, [...path, Array.isArray(value) ? Number(name) : name], found);
  }
}

const field = 'unreadable' satisfies keyof Readable;

/** Several problems as one message, in order; the bound of a message cuts what is too much. */
export function describeUnreadable(problems: readonly Problem[]): string {
  return problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
}
