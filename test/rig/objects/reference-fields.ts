import { labelSelector, namespaceName, objectName } from '../../../src/kinds/shape/shape.ts';

/**
 * The fields of a row's schema that may refer to other objects, as paths such as `spec.rules[].backendRefs[]`: those that
 * are called so, and those that hold the name of an object or of a namespace, or select by label, whatever they are
 * called. Walks the schema itself, so that a field that is added to it is found. Names within a field that is found
 * are parts of it.
 */
export function referenceFields(schema: unknown): string[] {
  const found = new Set<string>();
  walk(schema, '', found, 0);
  return [...found].sort();
}

const referenceName = /(Refs?|References?|Class|Name|[sS]electors?|[sS]ecrets?|ConfigMaps?)$/;
const referenceSchemas: ReadonlySet<unknown> = new Set([objectName, namespaceName, labelSelector]);

/** Deeper than any row; a schema that contains itself ends here. */
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

/** Returns whether it is such a schema itself, a list of them, or either with more around it, such as a default. */
function namesObject(schema: unknown, depth: number): boolean {
  if (referenceSchemas.has(schema)) return true;
  const def = definition(schema);
  return depth < maxDepth && [def['element'], ...wrapped(def)].some((inner) => namesObject(inner, depth + 1));
}

/** The schemas of the same value that one consists of. */
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
