/** The fewest items, in order, for which `fails` is still true. Leaves out runs of them, in at most `budget` calls. */
export async function shortest<T>(
  items: readonly T[],
  fails: (some: readonly T[]) => Promise<boolean>,
  budget = 400,
): Promise<readonly T[]> {
  let least = items;
  let left = budget;
  for (let size = Math.ceil(least.length / 2); size >= 1 && left > 0;) {
    let isShorter = false;
    for (let from = 0; from < least.length && left > 0;) {
      const without = [...least.slice(0, from), ...least.slice(from + size)];
      left--;
      if (without.length < least.length && (await fails(without))) {
        least = without;
        isShorter = true;
      } else from += size;
    }
    if (size === 1 && !isShorter) break;
    size = size === 1 ? 1 : Math.ceil(size / 2);
  }
  return least;
}
