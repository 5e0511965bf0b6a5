import type { Clock } from '../lib/clock.ts';

export interface Write {
  readonly bytes: number;
  readonly at: number;
}

/**
 * Detects when clients do not read as fast as they are written to. A thousand proxies that start together would
 * otherwise all be written to before the first has read anything, and the process never returns that memory to the
 * system.
 *
 * A message counts for a while and up to a size, so that a slow client delays no other. One instance counts a fleet,
 * which delays that fleet alone; one counts all, with room for several fleets.
 */
export class Congestion {
  readonly #clock: Clock;
  readonly #highBytes: number;
  readonly #onChange: (isCongested: boolean) => void;
  readonly #writes = new Set<Write>();
  #bytes = 0;
  #cancelCheck: (() => void) | undefined;

  constructor(clock: Clock, highBytes: number, onChange: (isCongested: boolean) => void) {
    this.#clock = clock;
    this.#highBytes = highBytes;
    this.#onChange = onChange;
  }

  /** Called when a message is written; the result is for `taken`. */
  wrote(bytes: number): Write {
    const write = { bytes: Math.min(bytes, maxWriteBytes), at: this.#clock.now() };
    this.#writes.add(write);
    this.#bytes += write.bytes;
    if (this.#bytes > this.#highBytes && this.#cancelCheck === undefined) this.#check();
    return write;
  }

  /** Called when the client has taken the message, or has disconnected. */
  taken(write: Write): void {
    if (!this.#writes.delete(write)) return;
    this.#bytes -= write.bytes;
    if (this.#cancelCheck !== undefined && this.#bytes <= this.#highBytes / 2) this.#end();
  }

  /** True when nothing counts. */
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

/** Bound of one message, so that congestion needs many. */
const maxWriteBytes = 1024 * 1024;

/** Time that a message counts: ten times that of a first push in one network. */
const countedMs = 500;
const checkMs = 50;
