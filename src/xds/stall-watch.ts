import type { Clock } from '../lib/clock.ts';

export interface StallWatchOptions {
  readonly stalledAfterMs: number;
}

/**
 * Finds clients that do not read though their connections live, so that their messages would stay in memory. Only
 * writes count; a client may take its time to answer.
 *
 * A larger message has more time: a fixed limit would cut a slow client at half an update each time it connects
 * (istio/istio#48517). Clients of a fleet with very much unread have less time.
 */
export class StallWatch<T extends { readonly fleet: string }> {
  readonly #options: StallWatchOptions;
  readonly #clock: Clock;
  readonly #onStalled: (client: T, bytes: number, stalledMs: number) => void;
  readonly #clients = new Map<T, { bytes: number; since: number }>();
  #cancelCheck: (() => void) | undefined;

  /** `options` are read at each use. `onStalled` is called once, after the client has been forgotten. */
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

  took(client: T, bytes: number): void {
    const unread = this.#clients.get(client);
    if (unread === undefined) return;
    unread.bytes -= bytes;
    unread.since = this.#clock.now();
    if (unread.bytes <= 0) this.#clients.delete(client);
  }

  forget(client: T): void {
    this.#clients.delete(client);
  }

  close(): void {
    this.#cancelCheck?.();
  }

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

/** Unread bytes of a fleet above which clients have less time. More suits slow fleets, less bounds memory. */
const crowdBytes = 64 * 1024 * 1024;
const crowdedAfterMs = 5000;
const crowdedBytesPerMs = 1024;

/** Slowest link, 512 kbit/s. */
const slowestBytesPerMs = 64;

/** Number of checks in the time of the limit. */
const checksPerLimit = 8;
