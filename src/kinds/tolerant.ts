import { z } from 'zod';
import { record } from './identity.ts';
import { check, maxProblems, problemsOf } from './problems.ts';
import type { Problem } from './row.ts';
import type { Readable } from './unreadable.ts';

/** What a field that cannot be read counts as: a value, or what can be made of the text that stands there. */
type Fallbacks<Row> = { readonly [Field in keyof Row]-?: Row[Field] | ((given: unknown) => Row[Field]) };

type Fields = Readonly<Record<string, z.ZodType>>;

/**
 * A part of an object that is never refused: what stands in it and cannot be read is marked, see {@link Readable}, and counts
 * as its fallback. So an unknown value or a broken rule of one field costs that field, and translation says what becomes
 * of it. `refine` is for rules about several fields; the field that it names is what cannot be read then.
 *
 * A fallback must never allow more than what stands there could have meant.
 */
export function tolerant<Shape extends Fields>(
  shape: Shape,
  fallbacks: Fallbacks<z.output<z.ZodObject<Shape>>>,
  refine: (value: z.output<z.ZodObject<Shape>>, context: z.RefinementCtx) => void = () => {},
): z.ZodType<z.output<z.ZodObject<Shape>> & Readable> {
  const schema = z.object(shape).superRefine(refine);
  // The type of a fallback is that of the fields, each of which `recover` has read or found a fallback for.
  return schema.catch(({ error, input }) => recover(shape, fallbacks, error, input) as never);
}

/** The items of a list that can be read. The others are no longer there, so only a part that is marked may use it. */
export function readable<Item>(item: z.ZodType<Item>): (given: unknown) => Item[] {
  return (given) =>
    (Array.isArray(given) ? given : []).flatMap((value: unknown) => {
      const checked = check(item, value);
      return checked.kind === 'ok' ? [checked.value] : [];
    });
}

/** Marks each item for which `problemOf` has something to say, beside what was wrong with it already. */
export function markEach<Item extends Readable>(
  items: readonly Item[],
  problemOf: (item: Item, index: number) => Problem | undefined,
): Item[] {
  return items.map((item, index) => {
    const problem = problemOf(item, index);
    return problem === undefined ? item : { ...item, unreadable: [...(item.unreadable ?? []), problem] };
  });
}

/** Marks each item whose key an earlier one has, at the field of the key. */
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
