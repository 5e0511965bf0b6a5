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

/**
 * Time of slow units with which all of their kind and namespace are suspect: before an edit of hundreds has found out each of
 * them, and longer than workers take that have just begun.
 */
const suspectMs = 500;

/** Debt with which a namespace goes as one without: a handful of common units. */
const graceMs = 10;

/** The most that a namespace owes: a rest of this time clears it, whatever there was before. */
const maxDebtMs = 10_000;

/** In this time half of what a namespace has used is forgotten. */
const halfLifeMs = 60_000;

/**
 * Costs of a lane's translations lately, by which its workers are shared. Time is used by namespaces, which owe it: those
 * that owe less go first, and a debt is cleared as time goes by. O(1) for each translation; memory for the namespaces that have
 * used time in the last minutes, and for the slow units.
 */
export class Costs {
  readonly #clock: Clock;
  readonly #namespaces = new Map<string, NamespaceCost>();
  readonly #slowUnits = new Map<UnitName, number>();
  /** By kind of unit and namespace. */
  readonly #slowKinds = new Map<string, SlowKind>();
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

  /** True for a unit whose last translation was slow, or one of the last minute. */
  isSlow(unit: UnitName): boolean {
    return this.#slowUnits.has(unit);
  }

  /**
   * True when slow units of this kind and namespace take most of the time of all of them, and too much of it for a hiccup of the
   * machine: any other of them may well be slow, too. It is so until a minute after the last.
   */
  isLikeSlow(unit: UnitName, namespace: string): boolean {
    if (this.#slowKinds.size === 0) return false;
    const like = this.#slowKind(kindOf(unit, namespace), this.#clock.now());
    return like !== undefined && like.slowMs >= suspectMs && like.slowMs * 2 >= like.allMs;
  }

  /** Returns the milliseconds that the namespace owes; 0 for what is usual. */
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

/** Time of the slow translations of units of a kind in a namespace, and of all of them since the first slow one. */
interface SlowKind {
  slowMs: number;
  allMs: number;
  until: number;
}

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
