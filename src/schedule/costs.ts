import type { Clock } from '../lib/clock.ts';
import type { UnitName } from '../lib/key.ts';
import { unitKind } from '../units/unit.ts';

/**
 * Translation time from which a unit is slow. Longer lets expensive units hold up their wave, shorter has more units wait
 * for half of the workers; revise by sluice_translate_seconds.
 */
export const slowMs = 20;

/** A unit stays slow at least so long: edits that make it quick and slow in turns gain nothing. */
const slowForMs = 60_000;

/** Slow time from which a kind and namespace are suspect: less than an edit of hundreds, more than cold workers take. */
const suspectMs = 500;

/** Debt that counts as none: a handful of usual units. */
const graceMs = 10;

/** Bound of a debt: a namespace is free of it after so long without work. */
const maxDebtMs = 10_000;

const halfLifeMs = 60_000;

/**
 * Knows the recent cost of translations in a lane, by which its workers are shared: a namespace that owes less time goes
 * first, and debts shrink. Memory for the namespaces of the last minutes, and for slow units.
 */
export class Costs {
  readonly #clock: Clock;
  readonly #namespaces = new Map<string, NamespaceCost>();
  readonly #slowUnits = new Map<UnitName, number>();
  readonly #slowKinds = new Map<string, SlowKind>();
  /** Size of `#namespaces` at which those without recent use are removed. */
  #sweepAt = sweepFrom;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  took(unit: UnitName, namespace: string, ms: number): void {
    if (ms <= 0) return;
    const now = this.#clock.now();
    const cost = this.#costOf(namespace, now);
    cost.debtMs = Math.min(maxDebtMs, cost.debtMs + ms);
    cost.usedMs += ms;
    const kind = this.#slowKinds.size > 0 || ms >= slowMs ? kindOf(unit, namespace) : '';
    const like = this.#slowKind(kind, now);
    if (like !== undefined) like.allMs += ms;
    if (ms < slowMs) {
      if ((this.#slowUnits.get(unit) ?? Infinity) <= now) this.#slowUnits.delete(unit);
      return;
    }
    this.#slowUnits.set(unit, now + slowForMs);
    if (like === undefined) this.#slowKinds.set(kind, { slowMs: ms, allMs: ms, until: now + slowForMs });
    else {
      like.slowMs += ms;
      like.until = now + slowForMs;
    }
  }

  /** Returns true when a translation of the last minute, or the last one, was slow. */
  isSlow(unit: UnitName): boolean {
    return this.#slowUnits.has(unit);
  }

  /** Returns true when most of this kind and namespace's recent time was slow: the others are probably slow too. */
  isLikeSlow(unit: UnitName, namespace: string): boolean {
    if (this.#slowKinds.size === 0) return false;
    const like = this.#slowKind(kindOf(unit, namespace), this.#clock.now());
    return like !== undefined && like.slowMs >= suspectMs && like.slowMs * 2 >= like.allMs;
  }

  /** Returns the milliseconds that the namespace owes; 0 for usual work. */
  owed(namespace: string): number {
    const cost = this.#namespaces.get(namespace);
    if (cost === undefined) return 0;
    return Math.max(0, cost.debtMs - (this.#clock.now() - cost.at) - graceMs);
  }

  forget(unit: UnitName): void {
    this.#slowUnits.delete(unit);
  }

  *used(): Generator<readonly [string, number]> {
    const now = this.#clock.now();
    for (const [namespace, { usedMs, at }] of this.#namespaces)
      yield [namespace, (usedMs * remaining(now - at)) / 1000];
  }

  #slowKind(kind: string, now: number): SlowKind | undefined {
    const like = this.#slowKinds.get(kind);
    if (like === undefined || like.until > now) return like;
    this.#slowKinds.delete(kind);
    return undefined;
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

/** Time of slow translations of one kind and namespace, and of all of them since the first slow one. */
interface SlowKind {
  slowMs: number;
  allMs: number;
  until: number;
}

interface NamespaceCost {
  debtMs: number;
  usedMs: number;
  /** Time at which the debt and the use had these values. */
  at: number;
}

function kindOf(unit: UnitName, namespace: string): string {
  return `${unitKind(unit)} ${namespace}`;
}

function remaining(ms: number): number {
  return 2 ** (-ms / halfLifeMs);
}
