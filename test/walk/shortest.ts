/**
 * The fewest of the items, in their order, for which `fails` still says yes, as far as leaving out runs of them can tell.
 * It is asked at most `budget` times.
 */
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
