import type { Clock } from '../lib/clock.ts';
import type { ReadKey, UnitName } from '../lib/key.ts';

export interface NamedObjectHooks {
  /** The wait of the unit is over: translate it again. */
  onEnd(unit: UnitName): void;
}

/**
 * Holds back a translation that newly names an object which is not there: the watches of two kinds are not ordered, so
 * a route may be seen before the Service that was created with it. The wait ends when the object comes, which makes
 * the unit dirty as any change does, or after `waitMs`.
 *
 * Costs O(absent keys) for a translation, and memory for the units that name something absent.
 */
export class NamedObjects {
  readonly #waitMs: number;
  readonly #clock: Clock;
  readonly #hooks: NamedObjectHooks;
  /** Absent objects that the unit's output in force knows to be absent, or that were waited for in vain. */
  readonly #accepted = new Map<UnitName, Set<ReadKey>>();
  readonly #waits = new Map<UnitName, Wait>();

  /** `waitMs` 0: nothing ever waits. */
  constructor(waitMs: number, clock: Clock, hooks: NamedObjectHooks) {
    this.#waitMs = waitMs;
    this.#clock = clock;
    this.#hooks = hooks;
  }

  /** Whether a translation that found these objects absent is to be left out. Call it for each good translation. */
  holds(unit: UnitName, absent: readonly ReadKey[]): boolean {
    const accepted = this.#accepted.get(unit);
    const fresh = absent.filter((key) => accepted?.has(key) !== true);
    if (this.#waitMs === 0 || fresh.length === 0) {
      this.#endWait(unit);
      this.accept(unit, absent);
      return false;
    }
    const wait = this.#waits.get(unit);
    if (wait === undefined) {
      const cancel = this.#clock.after(this.#waitMs, () => this.#giveUp(unit));
      this.#waits.set(unit, { keys: new Set(fresh), cancel });
    } else {
      // One wait for all of them: edits that keep naming new objects must not hold a unit for ever.
      for (const key of fresh) wait.keys.add(key);
    }
    return true;
  }

  /** These are known to be absent: the whole of what there is has been read. */
  accept(unit: UnitName, absent: readonly ReadKey[]): void {
    if (absent.length === 0) this.#accepted.delete(unit);
    else this.#accepted.set(unit, new Set(absent));
  }

  /** The object was there and is deleted, which is no question of order. */
  deleted(unit: UnitName, key: ReadKey): void {
    const accepted = this.#accepted.get(unit);
    if (accepted === undefined) this.#accepted.set(unit, new Set([key]));
    else accepted.add(key);
  }

  forget(unit: UnitName): void {
    this.#endWait(unit);
    this.#accepted.delete(unit);
  }

  close(): void {
    for (const { cancel } of this.#waits.values()) cancel();
    this.#waits.clear();
  }

  #giveUp(unit: UnitName): void {
    const wait = this.#waits.get(unit);
    if (wait === undefined) return;
    this.#waits.delete(unit);
    for (const key of wait.keys) this.deleted(unit, key);
    this.#hooks.onEnd(unit);
  }

  #endWait(unit: UnitName): void {
    this.#waits.get(unit)?.cancel();
    this.#waits.delete(unit);
  }
}

interface Wait {
  readonly keys: Set<ReadKey>;
  readonly cancel: () => void;
}
