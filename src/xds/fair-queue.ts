/**
 * Items of several groups, given out one of each group in turn, and within a group in the order in which they came. So
 * a group with thousands of items holds an item of another one up for one item of each group that waits.
 */
export class FairQueue<T> {
  /** In the order of their turns. */
  readonly #groups = new Map<string, Set<T>>();
  readonly #groupOf = new Map<T, string>();

  get size(): number {
    return this.#groupOf.size;
  }

  has(item: T): boolean {
    return this.#groupOf.has(item);
  }

  /** An item that waits already keeps its place. */
  add(group: string, item: T): void {
    if (this.#groupOf.has(item)) return;
    this.#groupOf.set(item, group);
    const items = this.#groups.get(group);
    if (items === undefined) this.#groups.set(group, new Set([item]));
    else items.add(item);
  }

  delete(item: T): void {
    const group = this.#groupOf.get(item);
    if (group === undefined) return;
    this.#groupOf.delete(item);
    const items = this.#groups.get(group);
    items?.delete(item);
    if (items?.size === 0) this.#groups.delete(group);
  }

  /** Takes the next item, of the first group in turn that may have it. O(1), and O(groups that may not). */
  take(may: (group: string) => boolean = () => true): T | undefined {
    for (const [group, items] of this.#groups) {
      if (!may(group)) continue;
      const [item] = items;
      if (item === undefined) continue;
      this.delete(item);
      this.#groups.delete(group);
      if (items.size > 0) this.#groups.set(group, items);
      return item;
    }
    return undefined;
  }

  clear(): void {
    this.#groups.clear();
    this.#groupOf.clear();
  }
}
