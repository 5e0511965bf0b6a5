import type { Congestion, Write } from './congestion.ts';
import type { DeltaMessage } from './response.ts';
import type { StallWatch } from './stall-watch.ts';

/** A client, as those who look after all of them know it. */
export interface Client {
  /** `address:port`. */
  readonly peer: string;
  /** In its own words. */
  readonly name: string;
}

/** Writes to one client, with an eye on what it takes. */
export class WatchedWrites {
  readonly #client: Client;
  readonly #congestion: Congestion;
  readonly #stalls: StallWatch<Client>;
  readonly #send: (message: DeltaMessage, onTaken: () => void) => void;
  readonly #writes = new Set<Write>();

  /** `send` calls back when the transport has no more of the message, unless the client is gone by then. */
  constructor(
    client: Client,
    watches: { readonly congestion: Congestion; readonly stalls: StallWatch<Client> },
    send: (message: DeltaMessage, onTaken: () => void) => void,
  ) {
    this.#client = client;
    this.#congestion = watches.congestion;
    this.#stalls = watches.stalls;
    this.#send = send;
  }

  write(message: DeltaMessage): void {
    const bytes = message.byteLength;
    const write = this.#congestion.wrote(bytes);
    this.#writes.add(write);
    this.#stalls.wrote(this.#client, bytes);
    this.#send(message, () => {
      this.#writes.delete(write);
      this.#congestion.taken(write);
      this.#stalls.took(this.#client, bytes);
    });
  }

  /** The client is gone. */
  close(): void {
    this.#stalls.forget(this.#client);
    for (const write of this.#writes) this.#congestion.taken(write);
    this.#writes.clear();
  }
}
