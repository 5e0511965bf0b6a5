import type { z } from 'zod';
import { fieldPath } from './shape/field-path.ts';

/** Returns paths that a schema drops, by comparison: no list of unsupported fields can be incomplete. */
export function unknownFields(schema: z.ZodType, value: unknown): string[] {
  return walk(schema, value, []);
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

type Path = readonly (string | number)[];

function walk(schema: z.ZodType, value: unknown, path: Path): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const def = schema.def as Definition;
  const { shape, element, options, innerType } = def;
  if (shape !== undefined)
    return Object.entries(Array.isArray(value) ? {} : value).flatMap(([name, inner]) => {
      const field = Object.hasOwn(shape, name) ? shape[name] : undefined;
      const isKnown = field !== undefined && ineffective.get(field)?.(value as Given) !== true;
      return isKnown ? walk(field, inner, [...path, name]) : [fieldPath([...path, name])];
    });
  if (element !== undefined)
    return (Array.isArray(value) ? value : []).flatMap((item, i) => walk(element, item, [...path, i]));
  // A field that one form of a union has is known: other rules refuse it where it must not be.
  if (options !== undefined)
    return options
      .map((option) => walk(option, value, path))
      .reduce((all, found) => all.filter((field) => found.includes(field)));
  const inner = innerType ?? def.getter?.() ?? (def.type === 'pipe' ? userEnd(def) : undefined);
  return inner === undefined ? [] : walk(inner, value, path);
}

/** Returns the end of a pipe that has the fields of the user: the first, unless it only checks or prepares. */
export function userEnd({ in: before, out }: Pick<Definition, 'in' | 'out'>): z.ZodType {
  const isCheck =
    before?.def.type === 'transform' || (before?.def.type === 'unknown' && out?.def.type !== 'transform');
  const end = isCheck ? out : before;
  if (end === undefined) throw new Error('a pipe has two ends');
  return end;
}
