import type { Clock } from '../lib/clock.ts';

/** Time between two lines of one topic: a fault that repeats is found by one of them. */
const lineEveryMs = 10_000;

/** Lets one log line of each topic through in ten seconds, with the number of those that it stands for. */
export class SparseLines<T> {
  readonly #clock: Clock;
  readonly #topics = new Map<T, { quietUntil: number; unsaid: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `write` when a line of the topic is due; `unsaid` is a field of that line, when there were others. */
  say(topic: T, write: (unsaid: { readonly unsaid?: number }) => void): void {
    const now = this.#clock.now();
    const known = this.#topics.get(topic) ?? { quietUntil: -Infinity, unsaid: 0 };
    this.#topics.set(topic, known);
    if (now < known.quietUntil) {
      known.unsaid++;
      return;
    }
    write(known.unsaid === 0 ? {} : { unsaid: known.unsaid });
    known.quietUntil = now + lineEveryMs;
    known.unsaid = 0;
  }
}
