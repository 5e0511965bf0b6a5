import type { Clock } from '../lib/clock.ts';

/** One message on its way to one client. */
export interface Write {
  readonly bytes: number;
  readonly at: number;
}

/**
 * Says when so much has been written that the clients have yet to take it. A thousand proxies that start together would
 * otherwise all be written to before the first has read anything, and the memory for that is never the system's again.
 *
 * A client counts for a while and up to a size: one that is slow, or stands still, holds up no other. What one fleet does
 * not take holds up that fleet alone: there is one of these for each, and one for all with room for several.
 */
export class Congestion {
  readonly #clock: Clock;
  readonly #highBytes: number;
  readonly #onChange: (isCongested: boolean) => void;
  /** In the order of their times. */
  readonly #writes = new Set<Write>();
  #bytes = 0;
  #cancelCheck: (() => void) | undefined;

  constructor(clock: Clock, highBytes: number, onChange: (isCongested: boolean) => void) {
    this.#clock = clock;
    this.#highBytes = highBytes;
    this.#onChange = onChange;
  }

  /** A message was handed on; the result is for `taken`. */
  wrote(bytes: number): Write {
    const write = { bytes: Math.min(bytes, maxWriteBytes), at: this.#clock.now() };
    this.#writes.add(write);
    this.#bytes += write.bytes;
    if (this.#bytes > this.#highBytes && this.#cancelCheck === undefined) this.#check();
    return write;
  }

  /** The client took it, or is gone. */
  taken(write: Write): void {
    if (!this.#writes.delete(write)) return;
    this.#bytes -= write.bytes;
    if (this.#cancelCheck !== undefined && this.#bytes <= this.#highBytes / 2) this.#end();
  }

  /** Nothing is on its way, or all of it for long. */
  get idle(): boolean {
    return this.#writes.size === 0 && this.#cancelCheck === undefined;
  }

  close(): void {
    this.#cancelCheck?.();
  }

  #check(): void {
    const now = this.#clock.now();
    for (const write of this.#writes) {
      if (now - write.at < countedMs) break;
      this.#writes.delete(write);
      this.#bytes -= write.bytes;
    }
    const wasCongested = this.#cancelCheck !== undefined;
    if (this.#bytes <= (wasCongested ? this.#highBytes / 2 : this.#highBytes)) {
      if (wasCongested) this.#end();
      return;
    }
    this.#cancelCheck = this.#clock.after(checkMs, () => this.#check());
    if (!wasCongested) this.#onChange(true);
  }

  #end(): void {
    this.#cancelCheck?.();
    this.#cancelCheck = undefined;
    this.#onChange(false);
  }
}

/** Bound of one message; so it takes many to be a crowd. */
const maxWriteBytes = 1024 * 1024;

/** A client in the same network takes its first push in a tenth of it. */
const countedMs = 500;
const checkMs = 50;
