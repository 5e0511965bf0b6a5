import type { Clock } from '../lib/clock.ts';

/** Time for which the lines of one topic are counted: a fault that repeats is found by one of them. */
const periodMs = 10_000;

/** Topics above this number are forgotten when their time is over: a client may name any. */
const manyTopics = 1000;

/** Lets some log lines of each topic through in ten seconds; the next one says how many it stands for. */
export class SparseLines<T> {
  readonly #clock: Clock;
  readonly #most: number;
  readonly #topics = new Map<T, Topic>();

  /** `most`: lines of one topic in ten seconds. */
  constructor(clock: Clock, most = 1) {
    this.#clock = clock;
    this.#most = most;
  }

  /** Calls `write` when a line of the topic is due; `unsaid` is a field of that line when others were left out. */
  say(topic: T, write: (unsaid: { readonly unsaid?: number }) => void): void {
    const known = this.#topicOf(topic);
    if (known.lines === this.#most) {
      known.unsaid++;
      return;
    }
    known.lines++;
    write(known.unsaid === 0 ? {} : { unsaid: known.unsaid });
    known.unsaid = 0;
  }

  #topicOf(topic: T): Topic {
    const now = this.#clock.now();
    const known = this.#topics.get(topic);
    if (known !== undefined && now < known.endMs) return known;
    if (known === undefined && this.#topics.size >= manyTopics) this.#forgetEnded(now);
    const fresh = { endMs: now + periodMs, lines: 0, unsaid: known?.unsaid ?? 0 };
    this.#topics.set(topic, fresh);
    return fresh;
  }

  #forgetEnded(now: number): void {
    for (const [topic, { endMs }] of this.#topics) if (now >= endMs) this.#topics.delete(topic);
  }
}

interface Topic {
  readonly endMs: number;
  lines: number;
  unsaid: number;
}
