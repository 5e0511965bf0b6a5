/** A field with a single value, and values that its schema does not take. */
export interface Leaf {
  readonly path: readonly (string | number)[];
  readonly bad: readonly unknown[];
  /** Numbers that the schema takes, just beyond 32 bits. */
  readonly beyond: readonly number[];
  /** Types of the unions around the field, without which the schema does not look at it. */
  readonly around: readonly (readonly [readonly (string | number)[], unknown])[];
}

/**
 * Every field with a text, number, boolean or enum, and invalid values of each sort: an unknown member, a wrong type,
 * out of bounds, another pattern. Walks the schema, so that a new field is found; of lists, the first item.
 */
export function leavesOf(schema: unknown): Leaf[] {
  const found: Leaf[] = [];
  walk(schema, schema, [], [], found, 0);
  return found;
}

/** Deeper than any schema; ends one that contains itself. */
const maxDepth = 60;

const sorts: readonly unknown[] = [
  'Unknown',
  '\u0000 !',
  'x'.repeat(9000),
  7,
  -1,
  5_000_000_000,
  1e15,
  true,
  { an: 'object' },
];

const beyond32Bits: readonly number[] = [2 ** 32, -(2 ** 31) - 1];

const valueTypes = new Set(['string', 'number', 'int', 'boolean', 'enum', 'literal']);

interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly element?: unknown;
  readonly innerType?: unknown;
  readonly in?: unknown;
  readonly out?: unknown;
  readonly options?: readonly unknown[];
  readonly discriminator?: string;
  readonly getter?: () => unknown;
  readonly values?: readonly unknown[];
}

/** `field`: schema of the whole field around `schema`. */
function walk(
  schema: unknown,
  field: unknown,
  path: readonly (string | number)[],
  around: Leaf['around'],
  found: Leaf[],
  depth: number,
): void {
  const def = definition(schema);
  if (def === undefined || depth > maxDepth) return;
  if (valueTypes.has(def.type)) {
    const bad = sorts.filter((value) => !takes(field, value));
    const beyond = beyond32Bits.filter((value) => takes(field, value));
    if (bad.length > 0) found.push({ path, bad, beyond, around });
    return;
  }
  for (const [name, inner] of Object.entries(def.shape ?? {}))
    walk(inner, inner, [...path, name], around, found, depth + 1);
  if (def.element !== undefined) walk(def.element, def.element, [...path, 0], around, found, depth + 1);
  for (const option of def.options ?? []) {
    const { discriminator } = def;
    const shape = definition(option)?.shape;
    const type = discriminator === undefined ? undefined : definition(shape?.[discriminator])?.values?.[0];
    const set = type === undefined ? [] : [[[...path, discriminator ?? ''], type] as const];
    walk(option, set.length > 0 ? option : field, path, [...around, ...set], found, depth + 1);
  }
  const isMade = definition(def.in)?.type === 'transform';
  const inner = def.innerType ?? (isMade ? def.out : def.in) ?? def.getter?.();
  if (inner !== undefined) walk(inner, field, path, around, found, depth + 1);
  // The schema behind a check.
  if (def.type === 'pipe' && definition(def.in)?.type === 'unknown')
    walk(def.out, field, path, around, found, depth + 1);
}

function definition(schema: unknown): Definition | undefined {
  return typeof schema === 'object' && schema !== null && 'def' in schema
    ? (schema.def as Definition)
    : undefined;
}

function takes(schema: unknown, value: unknown): boolean {
  return (schema as { safeParse(input: unknown): { readonly success: boolean } }).safeParse(value).success;
}
