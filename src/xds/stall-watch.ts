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
 * connects again (istio/istio#48517): a larger message has more time. Clients of a fleet that has very much to take have less.
 */
export class StallWatch<T extends { readonly fleet: string }> {
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

  /** O(clients that have something to take). */
  #untakenByFleet(): ReadonlyMap<string, number> {
    const untaken = new Map<string, number>();
    for (const [{ fleet }, { bytes }] of this.#clients) untaken.set(fleet, (untaken.get(fleet) ?? 0) + bytes);
    return untaken;
  }

  #check(): void {
    this.#cancelCheck = undefined;
    const { stalledAfterMs } = this.#options;
    const now = this.#clock.now();
    const untaken = this.#untakenByFleet();
    for (const [client, { bytes, since }] of this.#clients) {
      const stalledMs = now - since;
      let limitMs = stalledAfterMs + bytes / slowestBytesPerMs;
      if ((untaken.get(client.fleet) ?? 0) > crowdBytes)
        limitMs = Math.min(limitMs, crowdedAfterMs + bytes / crowdedBytesPerMs);
      if (stalledMs < limitMs) continue;
      this.#clients.delete(client);
      this.#onStalled(client, bytes, stalledMs);
    }
    if (this.#clients.size > 0)
      this.#cancelCheck ??= this.#clock.after(stalledAfterMs / checksPerLimit, () => this.#check());
  }
}

/**
 * So much to take is that of a fleet whose clients do not read, as of one with a bad intent that connects again and again,
 * and each of them has less time. More leaves that to slow fleets, less bounds the memory for it.
 */
const crowdBytes = 64 * 1024 * 1024;
const crowdedAfterMs = 5000;
const crowdedBytesPerMs = 1024;

/** A client on a link as slow as 512 kbit/s is still a client. */
const slowestBytesPerMs = 64;

/** One timer for all clients finds a stalled one so much later than it might, in parts of the limit. */
const checksPerLimit = 8;
