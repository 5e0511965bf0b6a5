import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ServerHttp2Stream } from 'node:http2';
import { must } from '../lib/assert.ts';
import { peerOf } from './plain-front.ts';

/** HTTP/2 streams under grpc-js, which alone show partial messages. Node.js announces each just before its handler. */
export class CallStreams {
  #newest: ServerHttp2Stream | undefined;
  readonly #onStream = (message: unknown): void => {
    this.#newest = (message as { readonly stream: ServerHttp2Stream }).stream;
  };

  constructor() {
    subscribe(channel, this.#onStream);
  }

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
