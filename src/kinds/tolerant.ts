import { z } from 'zod';
import { record } from './identity.ts';
import { check, maxProblems, problemsOf } from './problems.ts';
import type { Problem } from './row.ts';
import type { Readable } from './unreadable.ts';

/** Replacement for each field that cannot be read: a value, or a function of the given text. */
type Fallbacks<Row> = { readonly [Field in keyof Row]-?: Row[Field] | ((given: unknown) => Row[Field]) };

type Fields = Readonly<Record<string, z.ZodType>>;

/**
 * Schema that never refuses: fields that cannot be read are marked, see {@link Readable}, and replaced by their fallbacks,
 * so that a broken rule costs one field, and translation decides the effect. `refine` is for rules about several fields;
 * the field that it names then cannot be read. A fallback must never allow more than the field could have meant.
 */
export function tolerant<Shape extends Fields>(
  shape: Shape,
  fallbacks: Fallbacks<z.output<z.ZodObject<Shape>>>,
  refine: (value: z.output<z.ZodObject<Shape>>, context: z.RefinementCtx) => void = () => {},
): z.ZodType<z.output<z.ZodObject<Shape>> & Readable> {
  const schema = z.object(shape).superRefine(refine);
  // `recover` returns each field as read or as its fallback, so the type is that of the fields.
  return schema.catch(({ error, input }) => recover(shape, fallbacks, error, input) as never);
}

/** Returns the readable items of a list and drops the others, so only a part that gets marked may use it. */
export function readable<Item>(item: z.ZodType<Item>): (given: unknown) => Item[] {
  return (given) =>
    (Array.isArray(given) ? given : []).flatMap((value: unknown) => {
      const checked = check(item, value);
      return checked.kind === 'ok' ? [checked.value] : [];
    });
}

/** Marks each item for which `problemOf` returns a problem, beside the problems that it has already. */
export function markEach<Item extends Readable>(
  items: readonly Item[],
  problemOf: (item: Item, index: number) => Problem | undefined,
): Item[] {
  return items.map((item, index) => {
    const problem = problemOf(item, index);
    return problem === undefined ? item : { ...item, unreadable: [...(item.unreadable ?? []), problem] };
  });
}

export function markRepeated<Item extends Readable>(
  items: readonly Item[],
  keyOf: (item: Item) => string | undefined,
  path: string,
): Item[] {
  const seen = new Map<string, number>();
  return markEach(items, (item, index) => {
    const key = keyOf(item);
    if (key === undefined) return undefined;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, index);
    return first === undefined
      ? undefined
      : { path, message: `must be unique: item ${first} has it already` };
  });
}

function recover(
  shape: Fields,
  fallbacks: Readonly<Record<string, unknown>>,
  error: { readonly issues: readonly z.core.$ZodIssue[] },
  input: unknown,
): Record<string, unknown> {
  const given = record(input);
  const bad = new Set(error.issues.map(({ path }) => path[0]));
  const fields = Object.entries(shape).map(([name, schema]) => {
    const value = given?.[name];
    const checked = given === undefined || bad.has(name) ? undefined : check(schema, value);
    if (checked?.kind === 'ok') return [name, checked.value] as const;
    const fallback = fallbacks[name];
    return [name, typeof fallback === 'function' ? (fallback(value) as unknown) : fallback] as const;
  });
  return { ...Object.fromEntries(fields), unreadable: problemsOf(error).slice(0, maxProblems) };
}
