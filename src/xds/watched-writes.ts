import type { FleetCongestion, FleetWrite } from './fleet-congestion.ts';
import type { DeltaMessage } from './response.ts';
import type { StallWatch } from './stall-watch.ts';

/** A client, as those who look after all of them know it. */
export interface Client {
  /** `address:port`. */
  readonly peer: string;
  /** In its own words. */
  readonly name: string;
  /** The fleet that it is of, or says to be of where there is no TLS. */
  readonly fleet: string;
}

/** Writes to one client, with an eye on what it takes. */
export class WatchedWrites {
  readonly #client: Client;
  readonly #congestion: FleetCongestion;
  readonly #stalls: StallWatch<Client>;
  readonly #send: (message: DeltaMessage, onTaken: () => void) => void;
  readonly #writes = new Set<FleetWrite>();
  #untaken = 0;
  #onRoom: (() => void) | undefined;

  /** `send` calls back when the transport has no more of the message, unless the client is gone by then. */
  constructor(
    client: Client,
    watches: { readonly congestion: FleetCongestion; readonly stalls: StallWatch<Client> },
    send: (message: DeltaMessage, onTaken: () => void) => void,
  ) {
    this.#client = client;
    this.#congestion = watches.congestion;
    this.#stalls = watches.stalls;
    this.#send = send;
  }

  write(message: DeltaMessage): void {
    const bytes = message.byteLength;
    const write = this.#congestion.wrote(this.#client.fleet, bytes);
    this.#untaken += bytes;
    this.#writes.add(write);
    this.#stalls.wrote(this.#client, bytes);
    this.#send(message, () => {
      if (!this.#writes.delete(write)) return;
      this.#congestion.taken(write);
      this.#stalls.took(this.#client, bytes);
      this.#untaken -= bytes;
      if (this.isFull) return;
      const onRoom = this.#onRoom;
      this.#onRoom = undefined;
      onRoom?.();
    });
  }

  /**
   * True while the client has so much to take that what it asks for has to wait: one that goes on asking, and ACKs what it
   * has not read, would be written to without end.
   */
  get isFull(): boolean {
    return this.#untaken > fullBytes;
  }

  /** Calls back once when it is full no longer, unless the client has gone by then. */
  whenRoom(onRoom: () => void): void {
    this.#onRoom = onRoom;
  }

  /** The client is gone. */
  close(): void {
    this.#stalls.forget(this.#client);
    this.#onRoom = undefined;
    for (const write of this.#writes) this.#congestion.taken(write);
    this.#writes.clear();
  }
}

/** More lets a client ask while it reads a large response, less bounds the memory of one that does not read. */
const fullBytes = 1024 * 1024;
