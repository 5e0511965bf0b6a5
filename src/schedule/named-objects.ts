import type { Clock } from '../lib/clock.ts';
import type { ReadKey, UnitName } from '../lib/key.ts';

export interface NamedObjectHooks {
  /** Called when the unit's wait is over: it is translated again. */
  onEnd(unit: UnitName): void;
}

/**
 * Says which part of a translation waits for an object that it newly names and that does not exist: the API server does
 * not order the watches of two kinds, so a route may arrive before its Service. Costs O(absent keys) for a translation,
 * and a look-up for each changed key. All waits share one timer.
 */
export class NamedObjects {
  readonly #waitMs: number;
  readonly #clock: Clock;
  readonly #hooks: NamedObjectHooks;
  /** Objects that the output in force takes as absent, or that were waited for in vain. */
  readonly #accepted = new Map<UnitName, Set<ReadKey>>();
  /** Keeps the order in which they end, as all are equally long. */
  readonly #waits = new Map<UnitName, Wait>();
  /** Units of `#waits` by key. A unit need not have read all of its keys. */
  readonly #waiting = new Map<ReadKey, Set<UnitName>>();
  #cancel: (() => void) | undefined;

  /** `waitMs` 0: nothing ever waits. */
  constructor(waitMs: number, clock: Clock, hooks: NamedObjectHooks) {
    this.#waitMs = waitMs;
    this.#clock = clock;
    this.#hooks = hooks;
  }

  get enabled(): boolean {
    return this.#waitMs > 0;
  }

  waitsFor(unit: UnitName, absent: readonly ReadKey[]): ReadonlySet<ReadKey> {
    const accepted = this.#accepted.get(unit);
    const fresh = new Set(this.enabled ? absent.filter((key) => accepted?.has(key) !== true) : []);
    if (fresh.size === 0) {
      this.#endWait(unit);
      this.accept(unit, absent);
      return fresh;
    }
    let wait = this.#waits.get(unit);
    if (wait === undefined) {
      this.#waits.set(unit, (wait = { keys: new Set(), until: this.#clock.now() + this.#waitMs }));
      this.#cancel ??= this.#clock.after(this.#waitMs, () => this.#giveUp());
    }
    // All share one wait: edits that keep naming new objects must not hold a unit without end.
    for (const key of fresh) {
      wait.keys.add(key);
      this.#addWaiting(key, unit);
    }
    return fresh;
  }

  waiting(key: ReadKey): Iterable<UnitName> {
    return this.#waiting.get(key) ?? [];
  }

  /** Takes these as absent: all sources have been read completely. */
  accept(unit: UnitName, absent: readonly ReadKey[]): void {
    if (absent.length === 0) this.#accepted.delete(unit);
    else this.#accepted.set(unit, new Set(absent));
  }

  /** Notes that the object existed and was deleted, so there is nothing to wait for. */
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
    this.#cancel?.();
    this.#cancel = undefined;
    this.#waits.clear();
    this.#waiting.clear();
  }

  /** Ends the waits that are over and sets the timer for the next ones. */
  #giveUp(): void {
    this.#cancel = undefined;
    const now = this.#clock.now();
    for (const [unit, { keys, until }] of this.#waits) {
      if (until > now) {
        this.#cancel = this.#clock.after(until - now, () => this.#giveUp());
        return;
      }
      this.#endWait(unit);
      for (const key of keys) this.deleted(unit, key);
      this.#hooks.onEnd(unit);
    }
  }

  #endWait(unit: UnitName): void {
    const wait = this.#waits.get(unit);
    if (wait === undefined) return;
    this.#waits.delete(unit);
    for (const key of wait.keys) {
      const units = this.#waiting.get(key);
      units?.delete(unit);
      if (units?.size === 0) this.#waiting.delete(key);
    }
  }

  #addWaiting(key: ReadKey, unit: UnitName): void {
    const units = this.#waiting.get(key);
    if (units === undefined) this.#waiting.set(key, new Set([unit]));
    else units.add(unit);
  }
}

interface Wait {
  readonly keys: Set<ReadKey>;
  readonly until: number;
}
