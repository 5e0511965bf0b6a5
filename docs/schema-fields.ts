import type { z } from 'zod';
import { userEnd } from '../src/kinds/unknown-fields.ts';

/** A leaf of a schema. */
export interface Field {
  /** From the object, such as `spec.listeners[].port`; `[]` for a list, `{}` for a map of any names. */
  readonly path: string;
  /** Those that it may have, if they are few; else empty. */
  readonly values: readonly string[];
}

interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly element?: z.ZodType;
  /** Inside of a default, a fallback or an optional field. */
  readonly innerType?: z.ZodType;
  /** The two ends of a transformation; one of them may be a function. */
  readonly in?: z.ZodType;
  readonly out?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly entries?: Readonly<Record<string, string>>;
  readonly values?: readonly unknown[];
  readonly getter?: () => z.ZodType;
}

/** Fields that `src/kinds` adds to the user's. */
const own: ReadonlySet<string> = new Set(['leftOut', 'given']);

/** Leaves of a schema in its order. Options of a union are merged: a field of several has the values of all. */
export function fieldsOf(schema: z.ZodType): Field[] {
  const fields = new Map<string, Set<string>>();
  for (const { path, values } of leaves(schema, '')) {
    const known = fields.get(path) ?? new Set();
    fields.set(path, new Set([...known, ...values]));
  }
  return [...fields].map(([path, values]) => ({ path, values: [...values] }));
}

function* leaves(schema: z.ZodType, path: string): Generator<Field> {
  const def = schema.def as unknown as Definition;
  if (def.shape !== undefined) {
    for (const [name, inner] of Object.entries(def.shape))
      if (!own.has(name)) yield* leaves(inner, path === '' ? name : `${path}.${name}`);
  } else if (def.element !== undefined) yield* leaves(def.element, `${path}[]`);
  else if (def.options !== undefined) for (const option of def.options) yield* leaves(option, path);
  else if (def.getter !== undefined) yield* leaves(def.getter(), path);
  else if (def.type === 'pipe') yield* leaves(userEnd(def), path);
  else if (def.innerType !== undefined) yield* leaves(def.innerType, path);
  else {
    const values = def.entries === undefined ? (def.values ?? []) : Object.values(def.entries);
    yield { path: def.type === 'record' ? `${path}{}` : path, values: values.map(String) };
  }
}
