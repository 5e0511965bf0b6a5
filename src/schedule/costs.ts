import type { Clock } from '../lib/clock.ts';
import type { UnitName } from '../lib/key.ts';
import { unitKind } from '../units/unit.ts';

/**
 * A unit whose translation takes longer than this is slow, in milliseconds. Longer lets dearer units hold up their wave, shorter
 * has more of them wait for half of the workers; revise by sluice_translate_seconds.
 */
export const slowMs = 20;

/**
 * How long a unit counts as slow at least, however quick it is meanwhile: edits that make it quick and slow in turns gain
 * nothing.
 */
const slowForMs = 60_000;

/** Debt with which a namespace goes as one without: a handful of common units. */
const graceMs = 10;

/** The most that a namespace owes: a rest of this time clears it, whatever there was before. */
const maxDebtMs = 10_000;

/** In this time half of what a namespace has used is forgotten. */
const halfLifeMs = 60_000;

/**
 * What translation has cost lately, of a lane: by it the workers are shared. Time is used by namespaces, which owe it: those
 * that owe less go first, and a debt is cleared as time goes by. O(1) for each translation; memory for the namespaces that have
 * used time in the last minutes, and for the slow units.
 */
export class Costs {
  readonly #clock: Clock;
  readonly #namespaces = new Map<string, NamespaceCost>();
  readonly #slowUnits = new Map<UnitName, number>();
  /** Slow translations of the last minute, by kind of unit and namespace. */
  readonly #slowKinds = new Map<string, { count: number; until: number }>();
  /** Size of `#namespaces` at which it is gone through for those that have used nothing for long. */
  #sweepAt = sweepFrom;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A translation of the unit has taken a worker so long. */
  took(unit: UnitName, namespace: string, ms: number): void {
    if (ms <= 0) return;
    const now = this.#clock.now();
    const cost = this.#costOf(namespace, now);
    cost.debtMs = Math.min(maxDebtMs, cost.debtMs + ms);
    cost.usedMs += ms;
    if (ms < slowMs) {
      if ((this.#slowUnits.get(unit) ?? Infinity) <= now) this.#slowUnits.delete(unit);
      return;
    }
    this.#slowUnits.set(unit, now + slowForMs);
    const kind = kindOf(unit, namespace);
    this.#slowKinds.set(kind, { count: this.#slowLike(kind, now) + 1, until: now + slowForMs });
  }

  /** True for a unit whose last translation was slow, or one of the last minute. */
  isSlow(unit: UnitName): boolean {
    return this.#slowUnits.has(unit);
  }

  /** Slow translations of units of this kind and namespace, of which the last was within a minute. */
  slowLike(unit: UnitName, namespace: string): number {
    return this.#slowKinds.size === 0 ? 0 : this.#slowLike(kindOf(unit, namespace), this.#clock.now());
  }

  /** What the namespace owes, in milliseconds; 0 for what is usual. */
  owed(namespace: string): number {
    const cost = this.#namespaces.get(namespace);
    if (cost === undefined) return 0;
    return Math.max(0, cost.debtMs - (this.#clock.now() - cost.at) - graceMs);
  }

  /** The unit has ended. */
  forget(unit: UnitName): void {
    this.#slowUnits.delete(unit);
  }

  /** Seconds that namespaces have used lately. O(namespaces): for a scrape. */
  *used(): Generator<readonly [string, number]> {
    const now = this.#clock.now();
    for (const [namespace, { usedMs, at }] of this.#namespaces)
      yield [namespace, (usedMs * remaining(now - at)) / 1000];
  }

  #slowLike(kind: string, now: number): number {
    const slow = this.#slowKinds.get(kind);
    if (slow === undefined) return 0;
    if (slow.until > now) return slow.count;
    this.#slowKinds.delete(kind);
    return 0;
  }

  #costOf(namespace: string, now: number): NamespaceCost {
    let cost = this.#namespaces.get(namespace);
    if (cost === undefined) {
      if (this.#namespaces.size >= this.#sweepAt) this.#sweep(now);
      this.#namespaces.set(namespace, (cost = { debtMs: 0, usedMs: 0, at: now }));
    }
    cost.debtMs = Math.max(0, cost.debtMs - (now - cost.at));
    cost.usedMs *= remaining(now - cost.at);
    cost.at = now;
    return cost;
  }

  #sweep(now: number): void {
    for (const [namespace, { usedMs, at }] of this.#namespaces) {
      if (now - at > slowForMs && usedMs * remaining(now - at) < 1) this.#namespaces.delete(namespace);
    }
    for (const [kind, { until }] of this.#slowKinds) if (until <= now) this.#slowKinds.delete(kind);
    this.#sweepAt = Math.max(sweepFrom, this.#namespaces.size * 2);
  }
}

const sweepFrom = 1000;

interface NamespaceCost {
  debtMs: number;
  usedMs: number;
  /** When the debt and the use were so. */
  at: number;
}

function kindOf(unit: UnitName, namespace: string): string {
  return `${unitKind(unit)} ${namespace}`;
}

function remaining(ms: number): number {
  return 2 ** (-ms / halfLifeMs);
}
