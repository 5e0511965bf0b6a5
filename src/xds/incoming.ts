import type { Readable } from 'node:stream';
import type { Clock } from '../lib/clock.ts';

export interface IncomingPorts {
  readonly clock: Clock;
  /** The first bytes are there. No more are read until `read`. */
  readonly onFirst: () => void;
  /** The client does not get on with its first message. */
  readonly onSilent: () => void;
  /** So many bytes more, or fewer, are kept of what the client has sent. */
  readonly onKept: (bytes: number) => void;
}

/**
 * Reads what one client sends, from the first byte on: counts what is in memory of it, and says when the client says
 * nothing. Until its turn no more is read of a client than its first bytes; the rest is left with it.
 */
export class Incoming {
  readonly #stream: Readable;
  readonly #ports: IncomingPorts;
  #kept = 0;
  #received = 0;
  /** Bytes of the last message that was processed. */
  #last = 0;
  #isRead = false;
  #isClosed = false;
  #cancel: (() => void) | undefined;

  /** `stream` carries the messages as gRPC frames them. */
  constructor(stream: Readable, ports: IncomingPorts) {
    this.#stream = stream;
    this.#ports = ports;
    stream.on('data', this.#onData);
    this.#watch(0);
    stream.resume();
  }

  /** It is the client's turn: whoever reads the stream may go on, and gets the first bytes too. */
  read(): void {
    this.#isRead = true;
    this.#watch(this.#received);
  }

  /**
   * A message of so many bytes is processed. The first one shows that the client is not silent. It counts until the next one,
   * as the decoder of grpc-js keeps the parts of the last message that it has read.
   */
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

  /** Ends a client that sends nothing, or its first message more slowly than any that is a proxy. */
  #watch(received: number): void {
    this.#cancel?.();
    this.#cancel = this.#ports.clock.after(silentMs, () => {
      if (this.#received - received < slowestBytesPerMs * silentMs) this.#ports.onSilent();
      else this.#watch(this.#received);
    });
  }
}

/** Flag and length of a message, as gRPC has them. */
const frameBytes = 5;

/** Envoy sends its first message as soon as the stream is open; a link that loses packets may take seconds for it. */
const silentMs = 10_000;

/** As slow as a link to a proxy may be, 512 kbit/s. */
const slowestBytesPerMs = 64;
