/** A value that differs; undefined: there is none. */
export interface FieldChange {
  /** Such as `routes[0].match.prefix`; empty: the whole. */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Compares JSON values. In a list that grows or shrinks, equal items at both ends keep their places. */
export function jsonDifference(before: unknown, after: unknown, path = ''): FieldChange[] {
  if (before === undefined || after === undefined) return before === after ? [] : [{ path, before, after }];
  if (Array.isArray(before) && Array.isArray(after)) return listDifference(before, after, path);
  if (isObject(before) && isObject(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].flatMap((name) =>
      jsonDifference(before[name], after[name], path === '' ? name : `${path}.${name}`),
    );
  }
  return before === after ? [] : [{ path, before, after }];
}

function listDifference(before: readonly unknown[], after: readonly unknown[], path: string): FieldChange[] {
  const texts = [before, after].map((list) => list.map((item) => JSON.stringify(item)));
  const [old = [], now = []] = texts;
  const shorter = Math.min(old.length, now.length);
  let head = 0;
  while (head < shorter && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < shorter - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  const length = Math.max(old.length, now.length) - head - tail;
  return Array.from({ length }, (_, i) => head + i).flatMap((i) =>
    jsonDifference(
      i < old.length - tail ? before[i] : undefined,
      i < now.length - tail ? after[i] : undefined,
      `${path}[${i}]`,
    ),
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
