import { isDeepStrictEqual } from 'node:util';

type Fields = Readonly<Record<string, unknown>>;

interface FieldsEntry {
  readonly manager: string;
  readonly operation: string;
  readonly subresource?: 'status';
  readonly fieldsV1: Fields;
}

/** A forced apply: fields that the manager has dropped go, those of others stay. A list is one field. */
export function appliedTo(before: Fields | undefined, manifest: Fields, manager: string): Fields {
  const entries = entriesOf(before);
  const old = entries.filter((entry) => entry.manager === manager).flatMap((entry) => paths(entry.fieldsV1));
  const others = entries.filter((entry) => entry.manager !== manager);
  const kept = new Set(others.flatMap((entry) => paths(entry.fieldsV1).map(String)));
  const wanted = leaves(manifest);
  const object = structuredClone(before ?? {}) as Record<string, unknown>;
  for (const path of old) if (!wanted.has(String(path)) && !kept.has(String(path))) remove(object, path);
  for (const [path, value] of wanted.values()) assign(object, path, value);
  const mine = {
    manager,
    operation: 'Apply',
    fieldsV1: fieldSet([...wanted.values()].map(([path]) => path)),
  };
  return withEntries(object, [...entriesOfOthers(others, before ?? {}, object), mine]);
}

/** Fields that have changed lose their managers. */
export function replacedBy(before: Fields | undefined, after: Fields): Fields {
  const entries = entriesOf(before);
  return entries.length === 0 ? after : withEntries(after, entriesOfOthers(entries, before ?? {}, after));
}

/** Others who have written the status stay beside this manager. */
export function statusWrittenBy(after: Fields, manager: string): Fields {
  const entry: FieldsEntry = {
    manager,
    operation: 'Update',
    subresource: 'status',
    fieldsV1: fieldSet([['status']]),
  };
  const others = entriesOf(after).filter((one) => one.manager !== manager || one.subresource === undefined);
  return withEntries(after, [...others, entry]);
}

function entriesOfOthers(entries: readonly FieldsEntry[], before: Fields, after: Fields): FieldsEntry[] {
  return entries.flatMap((entry) => {
    const same = paths(entry.fieldsV1).filter((path) => isDeepStrictEqual(at(before, path), at(after, path)));
    return same.length === 0 ? [] : [{ ...entry, fieldsV1: fieldSet(same) }];
  });
}

function entriesOf(object: Fields | undefined): readonly FieldsEntry[] {
  return ((object?.['metadata'] as Fields | undefined)?.['managedFields'] ?? []) as readonly FieldsEntry[];
}

function withEntries(object: Fields, managedFields: readonly FieldsEntry[]): Fields {
  return { ...object, metadata: { ...(object['metadata'] as object), managedFields } };
}

function leaves(value: unknown, path: readonly string[] = []): Map<string, [readonly string[], unknown]> {
  if (notFields.has(path.join('.'))) return new Map();
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return new Map([[String(path), [path, value]]]);
  return new Map(Object.entries(value).flatMap(([name, field]) => [...leaves(field, [...path, name])]));
}

const notFields = new Set(['apiVersion', 'kind', 'metadata.name', 'metadata.namespace']);

function fieldSet(all: readonly (readonly string[])[]): Fields {
  const set: Record<string, unknown> = {};
  for (const path of all)
    assign(
      set,
      path.map((name) => `f:${name}`),
      {},
    );
  return set;
}

function paths(set: Fields, path: readonly string[] = []): (readonly string[])[] {
  const entries = Object.entries(set);
  if (entries.length === 0) return path.length === 0 ? [] : [path];
  return entries.flatMap(([name, fields]) => paths(fields as Fields, [...path, name.slice(2)]));
}

function at(object: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => (value as Fields | undefined)?.[name], object);
}

function assign(object: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const parent = path.slice(0, -1).reduce((fields, name) => {
    fields[name] ??= {};
    return fields[name] as Record<string, unknown>;
  }, object);
  parent[path.at(-1) ?? ''] = value;
}

function remove(object: Record<string, unknown>, path: readonly string[]): void {
  const parent = at(object, path.slice(0, -1)) as Record<string, unknown> | undefined;
  if (parent !== undefined) delete parent[path.at(-1) ?? ''];
}
