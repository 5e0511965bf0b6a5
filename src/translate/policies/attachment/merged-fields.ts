/** Lists whose items StrategicMerge joins, by the field that names an item; any other list is replaced. */
export type KeyedLists = Readonly<Record<string, string>>;

/**
 * Applies a patch to a value: maps are joined field by field, and what the patch gives wins. Lists are replaced, but for
 * those of `keyed`, wherever they stand.
 */
export function mergedFields(base: unknown, patch: unknown, keyed: KeyedLists): unknown {
  if (patch === undefined) return base;
  if (!isMap(base) || !isMap(patch)) return patch;
  const fields = Object.entries(patch).map(([name, value]): [string, unknown] => {
    const key = keyed[name];
    return [
      name,
      key === undefined ? mergedFields(base[name], value, keyed) : mergedLists(base[name], value, key, keyed),
    ];
  });
  return { ...base, ...Object.fromEntries(fields) };
}

function mergedLists(base: unknown, patch: unknown, key: string, keyed: KeyedLists): unknown {
  if (!Array.isArray(base) || !Array.isArray(patch)) return patch ?? base;
  const nameOf = (item: unknown): unknown => (isMap(item) ? item[key] : undefined);
  const own = new Map(patch.map((item: unknown) => [nameOf(item), item]));
  const known = new Set(base.map(nameOf));
  return [
    ...base.map((item: unknown) => mergedFields(item, own.get(nameOf(item)), keyed)),
    ...patch.filter((item: unknown) => !known.has(nameOf(item))),
  ];
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
