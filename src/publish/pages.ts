export interface Placed {
  /** Unique; items stand in the order of their keys. */
  readonly key: string;
  /** True when a page begins with it, which follows from the item alone. */
  readonly startsPage: boolean;
}

/**
 * Ordered items, in pages of about `pageSize`. A change makes the result of one page again. Which items share a page
 * depends on the items alone, so equal items make equal pages on every replica.
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

  items(): T[] {
    return this.#pages.flatMap((page) => page.items);
  }

  made(): M[] {
    return this.#pages.map((page) => (page.made ??= this.#make(page.items)));
  }

  put(item: T): void {
    const { key } = item;
    const at = this.#pageOf(key);
    const page = this.#pages[at];
    // An array by `push` keeps room for 16 more, and most tables have one page.
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

  /** Called when the item of that key has changed inside. */
  touch(key: string): void {
    const page = this.#pages[this.#pageOf(key)];
    if (page !== undefined) page.made = undefined;
  }

  /** Finds the last page that begins at or before the key; the first one for a key before all. */
  #pageOf(key: string): number {
    const behind = lowerBound(this.#pages.length, (i) => (this.#pages[i]?.first ?? '') <= key);
    return Math.max(0, behind - 1);
  }
}

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

  /** Removes and returns the items behind the key, which the page does not have. */
  splitAfter(key: string): T[] {
    this.made = undefined;
    return this.items.splice(this.#position(key));
  }

  /** Appends the other page's items, which all stand behind this page's. */
  append(page: Page<T, M>): void {
    this.items.push(...page.items);
    this.made = undefined;
  }

  #position(key: string): number {
    return lowerBound(this.items.length, (i) => (this.items[i]?.key ?? '') < key);
  }
}

/** Average number of items of a page. More make a change dearer, fewer make the copy of the whole dearer. */
const pageSize = 64;

/** Decides by the FNV-1a hash of a name: evenly spread, and the same on every replica. */
export function startsPage(name: string): boolean {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return (hash >>> 8) % pageSize === 0;
}

/** Returns the first of `length` positions for which `before` is false; it is true for a prefix of them. */
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
