/** @typedef {import('../run/console/shapes.ts').Tick} Tick */
/** @typedef {import('../run/console/shapes.ts').Buckets} Buckets */

/** Ticks kept: two minutes. */
const most = 121;

/** Ticks over which a quantile is taken: one second has too few changes for one. */
const quantileTicks = 10;

/** Keeps the last ticks of one process, and compares them. */
export class History {
  /** @type {Tick[]} */
  #ticks = [];

  /** @param {Tick} tick */
  add(tick) {
    // Counters of another process begin at 0.
    if (this.last !== undefined && this.last.startedMs !== tick.startedMs) this.#ticks = [];
    this.#ticks.push(tick);
    if (this.#ticks.length > most) this.#ticks.shift();
  }

  get last() {
    return this.#ticks.at(-1);
  }

  /**
   * Returns the rise of a counter for each second, by tick; the newest is last.
   *
   * @param {(tick: Tick) => number} counter
   */
  rates(counter) {
    return this.#ticks.slice(1).map((tick, i) => {
      const before = this.#ticks[i] ?? tick;
      const seconds = (tick.atMs - before.atMs) / 1000;
      return seconds <= 0 ? 0 : Math.max(0, counter(tick) - counter(before)) / seconds;
    });
  }

  /** @param {(tick: Tick) => number} counter */
  rate(counter) {
    return this.rates(counter).at(-1) ?? 0;
  }

  /** @param {(tick: Tick) => number} gauge */
  values(gauge) {
    return this.#ticks.slice(1).map(gauge);
  }

  /**
   * Returns a quantile of what was observed in the ten seconds before each tick, in milliseconds; undefined: nothing was.
   *
   * @param {(tick: Tick) => Buckets | undefined} histogram
   * @param {readonly number[]} bounds
   * @param {number} q
   */
  quantiles(histogram, bounds, q) {
    return this.#ticks.slice(1).map((tick, i) => {
      const before = this.#ticks[Math.max(0, i + 1 - quantileTicks)];
      return quantile(histogram(tick), before && histogram(before), bounds, q);
    });
  }
}

/**
 * Returns the upper bound of the bucket that has the quantile, in milliseconds.
 *
 * @param {Buckets | undefined} now
 * @param {Buckets | undefined} before
 * @param {readonly number[]} bounds
 * @param {number} q
 */
function quantile(now, before, bounds, q) {
  const counts = now?.counts.map((count, i) => count - (before?.counts[i] ?? 0)) ?? [];
  const all = counts.at(-1) ?? 0;
  if (all <= 0) return undefined;
  const bucket = counts.findIndex((count) => count >= all * q);
  return (bounds[bucket] ?? bounds.at(-1) ?? 0) * 1000;
}
