/**
 * The fields of a row's schema that refer to other objects, found by how such fields are called, as paths such as
 * `spec.rules[].backendRefs[]`. Walks the schema itself, so that a field that is added to it is found.
 */
export function referenceFields(schema: unknown): string[] {
  const found = new Set<string>();
  walk(schema, '', found, 0);
  return [...found].sort();
}

const referenceName = /(Refs?|References?|ClassName|[sS]elector)$/;

/** Deeper than any row; a schema that contains itself ends here. */
const maxDepth = 40;

function walk(schema: unknown, path: string, found: Set<string>, depth: number): void {
  if (depth > maxDepth) return;
  const def = definition(schema);
  const next = (inner: unknown, at = path) => walk(inner, at, found, depth + 1);
  if (def['shape'] !== undefined) {
    for (const [name, field] of Object.entries(def['shape'] as object)) {
      const at = path === '' ? name : `${path}.${name}`;
      if (referenceName.test(name)) found.add(isList(field) ? `${at}[]` : at);
      next(field, at);
    }
  }
  if (def['element'] !== undefined) next(def['element'], `${path}[]`);
  for (const inner of ['innerType', 'in', 'out', 'valueType']) if (def[inner] !== undefined) next(def[inner]);
  for (const option of (def['options'] ?? []) as readonly unknown[]) next(option);
  if (typeof def['getter'] === 'function') next((def['getter'] as () => unknown)());
}

function isList(schema: unknown): boolean {
  const def = definition(schema);
  const inner = def['innerType'] ?? def['in'];
  return def['element'] !== undefined || (inner !== undefined && isList(inner));
}

function definition(schema: unknown): Readonly<Record<string, unknown>> {
  if (typeof schema !== 'object' || schema === null || !('def' in schema)) return {};
  return schema.def as Readonly<Record<string, unknown>>;
}
