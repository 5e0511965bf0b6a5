/** A spec with one field changed. */
export interface FieldEdit {
  /** As the schema names it: `[]` for an item of a list, and names of a map as they are. */
  readonly path: string;
  readonly spec: object;
}

/**
 * Returns the edits of a spec, one for each other value of each of its fields. A value is tried after the one that the
 * field has, and is taken if `isGood` says so; `valuesOf` gives the values of fields that have few, or that need certain
 * ones.
 */
export function editsOf(
  spec: object,
  valuesOf: (path: string) => readonly unknown[],
  isGood: (spec: object, path: string) => boolean,
): FieldEdit[] {
  return leavesOf(spec, [], '').flatMap(({ keys, path, value }) => {
    const given = valuesOf(path);
    const others = given.length > 0 ? given : neighbours(value);
    const changed = others.map((other) => ({ path, spec: withValue(spec, keys, other) }));
    return changed.filter((edit) => isGood(edit.spec, edit.path));
  });
}

/** Lists the fields of a spec, by their paths. */
export function fieldsOfSpec(spec: object): string[] {
  return leavesOf(spec, [], '').map(({ path }) => path);
}

interface Leaf {
  readonly keys: readonly (string | number)[];
  readonly path: string;
  readonly value: unknown;
}

function leavesOf(value: unknown, keys: readonly (string | number)[], path: string): Leaf[] {
  if (Array.isArray(value))
    return value.flatMap((item: unknown, i) => leavesOf(item, [...keys, i], `${path}[]`));
  if (typeof value !== 'object' || value === null) return [{ keys, path, value }];
  return Object.entries(value).flatMap(([name, inner]) =>
    leavesOf(inner, [...keys, name], path === '' ? name : `${path}.${name}`),
  );
}

/** Values near to one: they mean about the same. */
function neighbours(value: unknown): unknown[] {
  if (typeof value === 'boolean') return [!value];
  // The next prime number may be two further.
  if (typeof value === 'number') return [value + 1, value - 1, value + 2];
  const text = String(value);
  const [, digits, unit] = /^(\d+)([A-Za-z]*)$/.exec(text) ?? [];
  return digits === undefined ? [`${text}a`] : [`${Number(digits) + 1}${unit ?? ''}`];
}

function withValue(spec: object, keys: readonly (string | number)[], value: unknown): object {
  const copy = structuredClone(spec) as Record<string | number, unknown>;
  let place = copy;
  for (const key of keys.slice(0, -1)) place = place[key] as Record<string | number, unknown>;
  place[keys.at(-1) ?? ''] = value;
  return copy;
}
