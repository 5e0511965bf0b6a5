import type { z } from 'zod';

/** Reports each item whose key an earlier item has. `field`: the field of the item that holds the key, if any. */
export function refuseDuplicates<T>(
  items: readonly T[],
  keyOf: (item: T) => string | undefined,
  context: z.RefinementCtx,
  field?: string,
  path: readonly (string | number)[] = [],
): void {
  const seen = new Map<string, number>();
  for (const [index, item] of items.entries()) {
    const key = keyOf(item);
    if (key === undefined) continue;
    const first = seen.get(key);
    if (first === undefined) {
      seen.set(key, index);
      continue;
    }
    const place = [...path, index];
    if (field !== undefined) place.push(field);
    context.addIssue({
      code: 'custom',
      path: place,
      message: `must be unique: item ${first} has it already`,
    });
  }
}
