/** An item that has a place of its own among others. */
export interface Placed {
  /** Unique; items stand in the order of their keys. */
  readonly key: string;
  /** True when a page begins with it, which follows from the item alone. */
  readonly startsPage: boolean;
}

/**
 * Items in order, in pages. What is made of a page is made anew only when one of its items has changed, so that a change
 * of one of N items costs one page, about `pageSize` items, and N / `pageSize` pages to go through.
 *
 * Which items share a page depends on these items alone: equal items are equal pages on every replica, whatever happened to
 * them before.
 */
export class Pages<T extends Placed, M> {
  /** Every page but the first begins with an item that starts a page. */
  #pages: Page<T, M>[] = [];
  readonly #make: (items: readonly T[]) => M;

  constructor(make: (items: readonly T[]) => M) {
    this.#make = make;
  }

  get empty(): boolean {
    return this.#pages.length === 0;
  }

  get size(): number {
    return this.#pages.length;
  }

  get(key: string): T | undefined {
    return this.#pages[this.#pageOf(key)]?.get(key);
  }

  /** All of them, in order. */
  items(): T[] {
    return this.#pages.flatMap((page) => page.items);
  }

  /** The result of each page, in order. */
  made(): M[] {
    return this.#pages.map((page) => (page.made ??= this.#make(page.items)));
  }

  put(item: T): void {
    const { key } = item;
    const at = this.#pageOf(key);
    const page = this.#pages[at];
    // An array by `push` would keep room for 16 more, and most have one page.
    if (page === undefined) this.#pages = [new Page([item])];
    else if (page.get(key) !== undefined) page.put(item);
    else if (key < page.first && page.items[0]?.startsPage === true)
      this.#pages.splice(at, 0, new Page([item]));
    else if (item.startsPage) {
      const behind = page.splitAfter(key);
      this.#pages.splice(at + 1, 0, new Page([item, ...behind]));
      if (page.items.length === 0) this.#pages.splice(at, 1);
    } else page.put(item);
  }

  delete(key: string): void {
    const at = this.#pageOf(key);
    const page = this.#pages[at];
    if (page?.get(key) === undefined) return;
    const wasFirst = page.first === key;
    page.delete(key);
    if (wasFirst && at > 0) this.#pages[at - 1]?.append(page);
    if (page.items.length === 0 || (wasFirst && at > 0)) this.#pages.splice(at, 1);
  }

  /** The item of that key is another one inside. */
  touch(key: string): void {
    const page = this.#pages[this.#pageOf(key)];
    if (page !== undefined) page.made = undefined;
  }

  /** The last page that begins at or before the key; the first one for a key before all. */
  #pageOf(key: string): number {
    const behind = lowerBound(this.#pages.length, (i) => (this.#pages[i]?.first ?? '') <= key);
    return Math.max(0, behind - 1);
  }
}

/** A run of neighbouring items. */
class Page<T extends Placed, M> {
  readonly items: T[];
  made: M | undefined;

  constructor(items: T[]) {
    this.items = items;
  }

  get first(): string {
    return this.items[0]?.key ?? '';
  }

  get(key: string): T | undefined {
    const item = this.items[this.#position(key)];
    return item?.key === key ? item : undefined;
  }

  put(item: T): void {
    const at = this.#position(item.key);
    this.items.splice(at, this.items[at]?.key === item.key ? 1 : 0, item);
    this.made = undefined;
  }

  delete(key: string): void {
    this.items.splice(this.#position(key), 1);
    this.made = undefined;
  }

  /** Takes away what stands behind the key, which is none of the page's own. */
  splitAfter(key: string): T[] {
    this.made = undefined;
    return this.items.splice(this.#position(key));
  }

  /** Takes the other page's items over, all of which stand behind this page's. */
  append(page: Page<T, M>): void {
    this.items.push(...page.items);
    this.made = undefined;
  }

  /** Where the key is, or would be. */
  #position(key: string): number {
    return lowerBound(this.items.length, (i) => (this.items[i]?.key ?? '') < key);
  }
}

/** Items of a page, on average. More make a change dearer, fewer make the copy of the whole dearer. */
const pageSize = 64;

/** FNV-1a of a name: evenly spread, and the same everywhere. */
export function startsPage(name: string): boolean {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return (hash >>> 8) % pageSize === 0;
}

/** The first of `length` positions for which `before` does not hold; it holds for a prefix of them. */
export function lowerBound(length: number, before: (i: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (before(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
