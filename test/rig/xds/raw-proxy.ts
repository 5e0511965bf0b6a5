import type { IncomingHttpHeaders } from 'node:http2';
import type { DeltaDiscoveryRequest } from '../../../proto/gen/envoy/service/discovery/v3/discovery.ts';
import type { TlsMaterial } from '../../../src/lib/tls-identity.ts';
import { Http2Call } from './http2-call.ts';

/** A connection with one stream, whose client sends any bytes, or none, and ACKs nothing. */
export class RawProxy {
  /** Resolves when connected, or failed. */
  readonly connected: Promise<void>;
  /** Resolves with the first response, or at the end of a stream without one. */
  readonly answered: Promise<'response' | 'end'>;
  ended = false;
  /** gRPC status that the stream ended with. */
  status: number | undefined;
  /** True when nothing is left of the stream. */
  closed = false;
  readonly #call: Http2Call;

  /** `reads` false: it reads nothing beyond its first window of 64 KiB. */
  constructor(port: number, tls: TlsMaterial, reads = true) {
    this.#call = new Http2Call({ port, tls });
    const { session, stream } = this.#call;
    this.connected = new Promise((resolve) => {
      session.once('connect', () => resolve());
      session.once('close', () => resolve());
    });
    stream.once('close', () => (this.closed = true));
    for (const event of ['response', 'trailers']) {
      stream.once(event, ({ 'grpc-status': code }: IncomingHttpHeaders) => {
        if (code !== undefined) this.status = Number(code);
      });
    }
    this.answered = new Promise((resolve) => {
      if (reads) stream.once('data', () => resolve('response'));
      for (const event of ['end', 'close']) {
        stream.once(event, () => {
          this.ended = true;
          resolve('end');
        });
      }
    });
    if (reads) stream.resume();
  }

  /** Resolves when the system has all of it, or the stream has ended. */
  send(request: DeltaDiscoveryRequest): Promise<void> {
    return this.#call.send(request);
  }

  write(bytes: Buffer): Promise<void> {
    return this.#call.write(bytes);
  }

  close(): void {
    this.#call.close();
  }
}
