import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ServerHttp2Stream } from 'node:http2';
import { must } from '../lib/assert.ts';
import { peerOf } from './plain-front.ts';

/**
 * The HTTP/2 streams under the calls of grpc-js, which gives out whole messages alone: how much of one has come, and whether
 * anything has, only the stream knows. Node.js announces each stream just before its handlers are called.
 */
export class CallStreams {
  #newest: ServerHttp2Stream | undefined;
  readonly #onStream = (message: unknown): void => {
    this.#newest = (message as { readonly stream: ServerHttp2Stream }).stream;
  };

  constructor() {
    subscribe(channel, this.#onStream);
  }

  /** To be called by the handler of a call, at once. `peer` is the call's. */
  take(peer: string): ServerHttp2Stream {
    const stream = this.#newest;
    this.#newest = undefined;
    const socket = stream?.session?.socket;
    const isOfCall = socket !== undefined && peerOf(socket) === peer;
    return must(isOfCall ? stream : undefined, `HTTP/2 stream of a call from ${peer}`);
  }

  close(): void {
    unsubscribe(channel, this.#onStream);
  }
}

const channel = 'http2.server.stream.created';
