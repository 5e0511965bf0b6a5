import type { Problem } from './row.ts';
import { fieldPathSegments, fieldPath } from './shape/field-path.ts';

/**
 * Problems of a part's fields, by paths below itself; absent when all of it was read. Translation decides: what the part
 * was to restrict stays closed, and a condition names the field.
 */
export interface Readable {
  readonly unreadable?: readonly Problem[] | undefined;
}

/** Lists all that could not be read in a row or a part of it, with field paths that begin with `path`. */
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

export function describeUnreadable(problems: readonly Problem[]): string {
  return problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
}
