import type { FleetCongestion, FleetWrite } from './fleet-congestion.ts';
import type { DeltaMessage } from './response.ts';
import type { StallWatch } from './stall-watch.ts';

/** Client in the counts of all clients. */
export interface Client {
  readonly peer: string;
  readonly name: string;
  readonly fleet: string;
}

/** Writes to one client, and counts what it has not read. */
export class WatchedWrites {
  readonly #client: Client;
  readonly #congestion: FleetCongestion;
  readonly #stalls: StallWatch<Client>;
  readonly #send: (message: DeltaMessage, onTaken: () => void) => void;
  readonly #writes = new Set<FleetWrite>();
  #untaken = 0;
  #onRoom: (() => void) | undefined;

  /** `send` calls back when the transport has written the message, unless the client has disconnected. */
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

  /** True while requests wait: a client that asks on without reading would be written to without end. */
  get isFull(): boolean {
    return this.#untaken > fullBytes;
  }

  /** Calls back once when it is not full, unless the client has disconnected. */
  whenRoom(onRoom: () => void): void {
    this.#onRoom = onRoom;
  }

  close(): void {
    this.#stalls.forget(this.#client);
    this.#onRoom = undefined;
    for (const write of this.#writes) this.#congestion.taken(write);
    this.#writes.clear();
  }
}

/** Limit of unread bytes. More lets a client ask while it reads a large response, less bounds memory. */
const fullBytes = 1024 * 1024;
