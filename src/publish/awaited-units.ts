import type { Clock } from '../lib/clock.ts';
import type { UnitName } from '../lib/key.ts';

/** Units whose first result is on its way. */
export class AwaitedUnits {
  readonly #clock: Clock;
  readonly #coming = new Map<UnitName, PromiseWithResolvers<void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get empty(): boolean {
    return this.#coming.size === 0;
  }

  add(unit: UnitName): void {
    this.#coming.set(unit, Promise.withResolvers());
  }

  come(unit: UnitName): void {
    this.#coming.get(unit)?.resolve();
    this.#coming.delete(unit);
  }

  /** Resolves when the units that are on their way now have come, or after `maxMs`. */
  async all(units: Iterable<UnitName>, maxMs: number): Promise<void> {
    const awaited = new Set<Promise<void>>();
    for (const unit of units) {
      const coming = this.#coming.get(unit);
      if (coming !== undefined) awaited.add(coming.promise);
    }
    if (awaited.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#clock.after(maxMs, resolve);
    await Promise.race([Promise.all(awaited), promise]);
    cancel();
  }
}
