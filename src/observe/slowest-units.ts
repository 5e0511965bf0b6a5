import type { Clock } from '../lib/clock.ts';
import type { UnitName } from '../lib/key.ts';
import type { SlowUnit } from './slow-unit.ts';

/** Units shown: more than fit on a screen tell no more. */
const most = 20;

const keptMs = 60_000;

/** Keeps the slowest translations of the last minute while it has a watcher. Costs O(1) for each that is not among them. */
export class SlowestUnits {
  readonly #units = new Map<UnitName, { readonly micros: number; readonly at: number }>();
  #watchers = 0;

  /** Returns a function that ends the watch. */
  watch(): () => void {
    this.#watchers++;
    return () => {
      if (--this.#watchers === 0) this.#units.clear();
    };
  }

  took(unit: UnitName, micros: number, clock: Clock): void {
    if (this.#watchers === 0) return;
    const at = clock.now();
    const before = this.#units.get(unit);
    if (before !== undefined && before.micros >= micros && at - before.at < keptMs) return;
    if (before === undefined && this.#units.size >= most) {
      this.#forgetOld(at);
      const [fastest, floor] = this.#units
        .entries()
        .reduce(
          (least, entry) => (entry[1].micros < least[1].micros ? entry : least),
          [unit, { micros, at }],
        );
      if (this.#units.size >= most) {
        if (fastest === unit || floor.micros >= micros) return;
        this.#units.delete(fastest);
      }
    }
    this.#units.set(unit, { micros, at });
  }

  /** Lists the slowest first. */
  list(now: number): SlowUnit[] {
    this.#forgetOld(now);
    return [...this.#units]
      .sort(([, a], [, b]) => b.micros - a.micros)
      .map(([unit, { micros, at }]) => ({ unit, ms: micros / 1000, agoMs: Math.round(now - at) }));
  }

  #forgetOld(now: number): void {
    for (const [unit, { at }] of this.#units) if (now - at >= keptMs) this.#units.delete(unit);
  }
}
