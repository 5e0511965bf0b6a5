import type { Clock } from '../lib/clock.ts';

export interface StallWatchOptions {
  /** How long a client may take nothing of what is written to it. */
  readonly stalledAfterMs: number;
}

/**
 * Finds clients that do not take what is written to them, though their connections live: such a one would keep its
 * messages in memory without end. Only what was written counts; a client may take its time to answer.
 *
 * There is no limit on the time of a message as such, which would leave a slow client with half an update each time it
 * connects again (istio/istio#48517): a larger message has more time.
 */
export class StallWatch<T> {
  readonly #options: StallWatchOptions;
  readonly #clock: Clock;
  readonly #onStalled: (client: T, bytes: number, stalledMs: number) => void;
  readonly #clients = new Map<T, { bytes: number; since: number }>();
  #cancelCheck: (() => void) | undefined;

  /** `options` are read at each use. `onStalled` is called once, and the client is forgotten by then. */
  constructor(
    options: StallWatchOptions,
    clock: Clock,
    onStalled: (client: T, bytes: number, stalledMs: number) => void,
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#onStalled = onStalled;
  }

  wrote(client: T, bytes: number): void {
    const unread = this.#clients.get(client);
    if (unread === undefined) this.#clients.set(client, { bytes, since: this.#clock.now() });
    else unread.bytes += bytes;
    this.#cancelCheck ??= this.#clock.after(this.#options.stalledAfterMs / checksPerLimit, () =>
      this.#check(),
    );
  }

  /** The client took so much of it. */
  took(client: T, bytes: number): void {
    const unread = this.#clients.get(client);
    if (unread === undefined) return;
    unread.bytes -= bytes;
    unread.since = this.#clock.now();
    if (unread.bytes <= 0) this.#clients.delete(client);
  }

  /** The client is gone. */
  forget(client: T): void {
    this.#clients.delete(client);
  }

  close(): void {
    this.#cancelCheck?.();
  }

  #check(): void {
    this.#cancelCheck = undefined;
    const { stalledAfterMs } = this.#options;
    const now = this.#clock.now();
    for (const [client, { bytes, since }] of this.#clients) {
      const stalledMs = now - since;
      if (stalledMs < stalledAfterMs + bytes / slowestBytesPerMs) continue;
      this.#clients.delete(client);
      this.#onStalled(client, bytes, stalledMs);
    }
    if (this.#clients.size > 0)
      this.#cancelCheck ??= this.#clock.after(stalledAfterMs / checksPerLimit, () => this.#check());
  }
}

/** A client on a link as slow as 512 kbit/s is still a client. */
const slowestBytesPerMs = 64;

/** One timer for all clients finds a stalled one so much later than it might, in parts of the limit. */
const checksPerLimit = 8;
