/**
 * Queue of the items of several owners, each item once. Owners take turns with their oldest item, so that none waits for
 * all items of another. `take` is O(owners before the next one that may not go), and compares few of those that may.
 */
export class FairQueue<T extends string | object> {
  /** Keeps the order of turns. */
  readonly #owners = new Map<string, Line<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  *sizes(): Generator<readonly [string, number]> {
    for (const [owner, items] of this.#owners) yield [owner, items.size];
  }

  /** Returns false for an item that is queued already; it keeps its place. */
  add(owner: string, item: T): boolean {
    const items = this.#owners.get(owner);
    if (items?.has(item) === true) return false;
    if (items === undefined) this.#owners.set(owner, new Line([item]));
    else items.add(item);
    this.#size++;
    return true;
  }

  delete(owner: string, item: T): boolean {
    const items = this.#owners.get(owner);
    if (items?.delete(item) !== true) return false;
    this.#size--;
    if (items.size === 0) this.#owners.delete(owner);
    return true;
  }

  /**
   * Takes an item that `fits` from the owner with the least `weight`; among equals the one that has waited longest.
   * Compares at most 16 owners; one of infinite weight is left out.
   */
  take(weight: (owner: string) => number = none, fits: (item: T) => boolean = any): T | undefined {
    let best: { readonly owner: string; readonly item: T; readonly weight: number } | undefined;
    let compared = 0;
    for (const [owner, items] of this.#owners) {
      const own = weight(owner);
      if (best !== undefined && ++compared === maxCompared) break;
      if (own >= (best?.weight ?? Infinity)) continue;
      const item = fits === any ? items.first() : items.values().find(fits);
      if (item === undefined) continue;
      best = { owner, item, weight: own };
      if (own <= 0) break;
    }
    if (best === undefined) return undefined;
    const { owner, item } = best;
    this.delete(owner, item);
    const left = this.#owners.get(owner);
    if (left !== undefined) {
      this.#owners.delete(owner);
      this.#owners.set(owner, left);
    }
    return item;
  }

  drain(): T[] {
    const all = [...this.#owners.values()].flatMap((items) => [...items]);
    this.#owners.clear();
    this.#size = 0;
    return all;
  }
}

/** Bound of the owners that one item costs a look at: there may be thousands. */
const maxCompared = 16;

function none(): number {
  return 0;
}

function any(): boolean {
  return true;
}

/** Keeps its position: a plain set whose first members are deleted one by one is searched from its start each time. */
class Line<T extends string | object> extends Set<T> {
  #first: T | undefined;
  #rest = this.values();

  first(): T | undefined {
    while (this.#first === undefined || !this.has(this.#first)) {
      const next = this.#rest.next();
      if (next.done === true) {
        if (this.size === 0) return undefined;
        this.#rest = this.values();
      } else this.#first = next.value;
    }
    return this.#first;
  }
}
