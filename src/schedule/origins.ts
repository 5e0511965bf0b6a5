import type { RowChange } from '../kinds/row.ts';
import type { Clock } from '../lib/clock.ts';
import type { ReadKey, UnitName } from '../lib/key.ts';
import { arrivedAt, joined, type Origin } from '../lib/origin.ts';

/**
 * Age up to which the date of an object is believed. A tenant may write any date; and an older one says nothing of Sluice,
 * as after a start, or of an outage, which other metrics show.
 */
const believedMs = 600_000;

/** Returns the origin of each changed key. Costs O(changed rows and their indexes). */
export function originsOf(changes: readonly RowChange[], clock: Clock): (key: ReadKey) => Origin {
  const now = clock.now();
  const arrival = arrivedAt(now);
  const dated = new Map<ReadKey, Origin>();
  for (const change of changes) {
    if (change.kind === 'delete' || change.row.changedAtMs === undefined) continue;
    const age = clock.wallMs() - change.row.changedAtMs;
    if (age < 0 || age > believedMs) continue;
    const origin = { changed: now - age, arrived: now };
    for (const key of [change.row.key, ...change.row.indexes]) dated.set(key, joined(dated.get(key), origin));
  }
  return (key) => dated.get(key) ?? arrival;
}

/** Oldest change of each unit that waits, and of no other. */
export class WaitingOrigins {
  readonly #ofUnit = new Map<UnitName, Origin>();

  note(unit: UnitName, origin: Origin): void {
    this.#ofUnit.set(unit, joined(this.#ofUnit.get(unit), origin));
  }

  /** Returns the oldest origin of the units, which no longer wait. */
  take(units: Iterable<UnitName>): Origin | undefined {
    let oldest: Origin | undefined;
    for (const unit of units) {
      const origin = this.#ofUnit.get(unit);
      if (origin === undefined) continue;
      this.#ofUnit.delete(unit);
      if (oldest === undefined || origin.arrived >= oldest.arrived) oldest = joined(oldest, origin);
      else oldest = joined(origin, oldest);
    }
    return oldest;
  }

  forget(unit: UnitName): void {
    this.#ofUnit.delete(unit);
  }
}
