import { labelSelector, namespaceName, objectName } from '../../../src/kinds/shape/shape.ts';

/**
 * Paths such as `spec.rules[].backendRefs[]` of fields that may refer to other objects: by their name, or because they
 * hold the name of an object or namespace, or a label selector. Walks the schema, so that a new field is found.
 */
export function referenceFields(schema: unknown): string[] {
  const found = new Set<string>();
  walk(schema, '', found, 0);
  return [...found].sort();
}

const referenceName = /(Refs?|References?|Class|Name|[sS]electors?|[sS]ecrets?|ConfigMaps?)$/;
const referenceSchemas: ReadonlySet<unknown> = new Set([objectName, namespaceName, labelSelector]);

/** Deeper than any row; ends a schema that contains itself. */
const maxDepth = 40;

function walk(schema: unknown, path: string, found: Set<string>, depth: number): void {
  if (depth > maxDepth) return;
  const def = definition(schema);
  const next = (inner: unknown, at = path) => walk(inner, at, found, depth + 1);
  if (def['shape'] !== undefined) {
    for (const [name, field] of Object.entries(def['shape'] as object)) {
      const at = path === '' ? name : `${path}.${name}`;
      const whole = isList(field) ? `${at}[]` : at;
      if (referenceName.test(name) || (!found.has(path) && namesObject(field, 0))) found.add(whole);
      next(field, at);
    }
  }
  if (def['element'] !== undefined) next(def['element'], `${path}[]`);
  for (const inner of wrapped(def)) next(inner);
}

function isList(schema: unknown): boolean {
  const def = definition(schema);
  const inner = def['innerType'] ?? def['in'];
  return def['element'] !== undefined || (inner !== undefined && isList(inner));
}

function namesObject(schema: unknown, depth: number): boolean {
  if (referenceSchemas.has(schema)) return true;
  const def = definition(schema);
  return depth < maxDepth && [def['element'], ...wrapped(def)].some((inner) => namesObject(inner, depth + 1));
}

function wrapped(def: Readonly<Record<string, unknown>>): unknown[] {
  const inner = ['innerType', 'in', 'out', 'valueType', 'left', 'right'].map((name) => def[name]);
  const options = (def['options'] ?? []) as readonly unknown[];
  const lazy = typeof def['getter'] === 'function' ? [(def['getter'] as () => unknown)()] : [];
  return [...inner, ...options, ...lazy].filter((schema) => schema !== undefined);
}

function definition(schema: unknown): Readonly<Record<string, unknown>> {
  if (typeof schema !== 'object' || schema === null || !('def' in schema)) return {};
  return schema.def as Readonly<Record<string, unknown>>;
}
