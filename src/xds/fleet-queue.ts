import { FairQueue } from '../lib/fair-queue.ts';

/** Queue in which fleets take turns, for callers that know an item but not its fleet. */
export class FleetQueue<T extends string | object> {
  readonly #queue = new FairQueue<T>();
  readonly #fleetOf = new Map<T, string>();

  get size(): number {
    return this.#fleetOf.size;
  }

  has(item: T): boolean {
    return this.#fleetOf.has(item);
  }

  add(fleet: string, item: T): void {
    if (this.#fleetOf.has(item)) return;
    this.#fleetOf.set(item, fleet);
    this.#queue.add(fleet, item);
  }

  delete(item: T): void {
    const fleet = this.#fleetOf.get(item);
    if (fleet === undefined) return;
    this.#fleetOf.delete(item);
    this.#queue.delete(fleet, item);
  }

  /** Takes the next item of the first fleet in turn that `may` have it. O(1 + fleets that may not). */
  take(may: (fleet: string) => boolean = () => true): T | undefined {
    const item = this.#queue.take((fleet) => (may(fleet) ? 0 : Infinity));
    if (item !== undefined) this.#fleetOf.delete(item);
    return item;
  }

  clear(): void {
    this.#queue.drain();
    this.#fleetOf.clear();
  }
}
