import type { z } from 'zod';
import { fieldPath } from './shape/field-path.ts';

/**
 * Returns paths that a schema drops, by comparison: no list of unsupported fields can be incomplete. Costs O(fields of the
 * value), and nothing of the schema after its first use.
 */
export function unknownFields(schema: z.ZodType, value: unknown): string[] {
  const found: string[] = [];
  walk(shapeOf(schema), value, [], found);
  return found;
}

type Given = Readonly<Record<string, unknown>>;

/**
 * Marks a field that is without effect in the map that it is given in, and then counts as unknown; unless `isIn` says
 * otherwise, always: a schema reads it for a rule about others alone.
 */
export function withoutEffect<Schema extends z.ZodType>(
  schema: Schema,
  isIn: (map: Given) => boolean = () => true,
): Schema {
  ineffective.set(schema, isIn);
  return schema;
}

const ineffective = new WeakMap<z.ZodType, (map: Given) => boolean>();

interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly element?: z.ZodType;
  /** Schemas around another one: a default, a fallback, an optional field. */
  readonly innerType?: z.ZodType;
  /** The two ends of a transformation; one of them may be a function. */
  readonly in?: z.ZodType;
  readonly out?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly getter?: () => z.ZodType;
}

/** The fields that a schema knows; undefined: it takes the value as it is. */
type Shape =
  | { readonly fields: ReadonlyMap<string, Field>; readonly element?: undefined }
  | { readonly element: Shape; readonly fields?: undefined }
  | undefined;

interface Field {
  readonly shape: Shape;
  readonly isWithoutEffect: ((map: Given) => boolean) | undefined;
}

const shapes = new WeakMap<z.ZodType, { readonly shape: Shape }>();

function shapeOf(schema: z.ZodType): Shape {
  const known = shapes.get(schema);
  if (known !== undefined) return known.shape;
  const shape = newShape(schema);
  shapes.set(schema, { shape });
  return shape;
}

function newShape(schema: z.ZodType): Shape {
  const def = schema.def as Definition;
  if (def.shape !== undefined) {
    const fields = Object.entries(def.shape).map(([name, inner]): [string, Field] => [
      name,
      { shape: shapeOf(inner), isWithoutEffect: ineffective.get(inner) },
    ]);
    return { fields: new Map(fields) };
  }
  if (def.element !== undefined) return { element: shapeOf(def.element) };
  // A field that one form of a union has is known: other rules refuse it where it must not be.
  if (def.options !== undefined) return def.options.map(shapeOf).reduce(merged);
  const inner = def.innerType ?? def.getter?.() ?? (def.type === 'pipe' ? userEnd(def) : undefined);
  return inner === undefined ? undefined : shapeOf(inner);
}

/** Merges two forms of a union. Forms that are not both maps are not looked into. */
function merged(a: Shape, b: Shape): Shape {
  if (a?.fields === undefined || b?.fields === undefined) return undefined;
  const fields = new Map(a.fields);
  for (const [name, field] of b.fields) {
    const before = fields.get(name);
    fields.set(name, before === undefined ? field : { ...field, shape: merged(before.shape, field.shape) });
  }
  return { fields };
}

function walk(shape: Shape, value: unknown, path: (string | number)[], found: string[]): void {
  if (shape === undefined || typeof value !== 'object' || value === null) return;
  if (shape.fields === undefined) {
    if (!Array.isArray(value)) return;
    for (const [index, item] of value.entries()) step(shape.element, item, index, path, found);
    return;
  }
  if (Array.isArray(value)) return;
  for (const name of Object.keys(value)) {
    const field = shape.fields.get(name);
    if (field === undefined || field.isWithoutEffect?.(value as Given) === true)
      found.push(fieldPath([...path, name]));
    else if (field.shape !== undefined) step(field.shape, (value as Given)[name], name, path, found);
  }
}

function step(shape: Shape, value: unknown, at: string | number, path: (string | number)[], found: string[]) {
  path.push(at);
  walk(shape, value, path, found);
  path.pop();
}

/** Returns the end of a pipe that has the fields of the user: the first, unless it only checks or prepares. */
export function userEnd({ in: before, out }: Pick<Definition, 'in' | 'out'>): z.ZodType {
  const isCheck =
    before?.def.type === 'transform' || (before?.def.type === 'unknown' && out?.def.type !== 'transform');
  const end = isCheck ? out : before;
  if (end === undefined) throw new Error('a pipe has two ends');
  return end;
}
