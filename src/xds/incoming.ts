import type { Readable } from 'node:stream';
import type { Clock } from '../lib/clock.ts';

export interface IncomingPorts {
  readonly clock: Clock;
  /** Called at the first bytes; no others are read until `read`. */
  readonly onFirst: () => void;
  readonly onSilent: () => void;
  /** Called with the bytes that are kept, or released if negative. */
  readonly onKept: (bytes: number) => void;
}

/** Counts bytes in memory of one client, and detects silence. Until its turn, all but the first bytes stay there. */
export class Incoming {
  readonly #stream: Readable;
  readonly #ports: IncomingPorts;
  #kept = 0;
  #received = 0;
  #last = 0;
  #isRead = false;
  #isClosed = false;
  #cancel: (() => void) | undefined;

  constructor(stream: Readable, ports: IncomingPorts) {
    this.#stream = stream;
    this.#ports = ports;
    stream.on('data', this.#onData);
    this.#watch(0);
    stream.resume();
  }

  /** Called at the client's turn: the stream goes on, and its reader gets the first bytes too. */
  read(): void {
    this.#isRead = true;
    this.#watch(this.#received);
  }

  /** Called when a message is processed. It counts until the next: the decoder of grpc-js keeps its parts so long. */
  took(bytes: number): void {
    if (this.#isClosed) return;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#keep(-this.#last);
    this.#last = bytes + frameBytes;
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
    this.#stream.off('data', this.#onData);
    this.#keep(-this.#kept);
  }

  readonly #onData = (chunk: Buffer): void => {
    const isFirst = this.#received === 0;
    this.#received += chunk.length;
    this.#keep(chunk.length);
    if (this.#isClosed || this.#isRead) return;
    this.#stream.pause();
    if (!isFirst) return;
    this.#cancel?.();
    this.#ports.onFirst();
  };

  #keep(bytes: number): void {
    this.#kept += bytes;
    if (bytes !== 0) this.#ports.onKept(bytes);
  }

  #watch(received: number): void {
    this.#cancel?.();
    this.#cancel = this.#ports.clock.after(silentMs, () => {
      if (this.#received - received < slowestBytesPerMs * silentMs) this.#ports.onSilent();
      else this.#watch(this.#received);
    });
  }
}

const frameBytes = 5;

/** Time for progress of the first message: Envoy sends it at once, and a link that loses packets may take seconds. */
const silentMs = 10_000;

/** Slowest link of a proxy, 512 kbit/s. */
const slowestBytesPerMs = 64;
