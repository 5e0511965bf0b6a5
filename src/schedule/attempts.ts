import type { Outcome } from '../batch/outcome.ts';
import type { UnitName } from '../lib/key.ts';
import type { Metrics } from '../observe/metrics.ts';
import { unitKind } from '../units/unit.ts';

/** Bounds the tries of a unit, and knows the units whose translation fails. */
export class Attempts {
  readonly #metrics: Metrics;
  /** Times that a unit has asked for more rows since its last result. */
  readonly #rounds = new Map<UnitName, number>();
  readonly #quarantined = new Set<UnitName>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** Returns the outcome, or a fault when the unit asks for rows too often, which is a bug of its translation. */
  bounded(outcome: Outcome): Outcome {
    if (outcome.kind === 'later') return outcome;
    const { unit } = outcome;
    const rounds = (this.#rounds.get(unit) ?? 0) + 1;
    if (outcome.kind === 'need' && rounds < maxRounds) {
      this.#rounds.set(unit, rounds);
      return outcome;
    }
    this.#rounds.delete(unit);
    this.#metrics.rounds.observe({ unit: unitKind(unit) }, rounds);
    if (outcome.kind !== 'need') return outcome;
    const message = `asks for more rows in each of ${maxRounds} rounds, the last time for ${outcome.needs[0]}`;
    return { ...outcome, kind: 'fault', reads: [...outcome.reads, ...outcome.needs], message };
  }

  isQuarantined(unit: UnitName): boolean {
    return this.#quarantined.has(unit);
  }

  /** Returns true when this changes the unit's state. */
  setQuarantined(unit: UnitName, quarantined: boolean): boolean {
    if (this.#quarantined.has(unit) === quarantined) return false;
    if (quarantined) this.#quarantined.add(unit);
    else this.#quarantined.delete(unit);
    this.#metrics.quarantinedUnits.set(this.#quarantined.size);
    return true;
  }

  forget(unit: UnitName): boolean {
    this.#rounds.delete(unit);
    return this.setQuarantined(unit, false);
  }
}

/**
 * Four times the most that a unit takes in `test/scale`. Fewer could stop a unit that would come to an end, more keeps a
 * wave waiting for one that does not; revise by sluice_translate_rounds.
 */
export const maxRounds = 16;
