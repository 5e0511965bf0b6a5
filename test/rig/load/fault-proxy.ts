import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export type NetworkFault =
  | { readonly kind: 'none' }
  /** Accepts the connection, and sends nothing. */
  | { readonly kind: 'hang' }
  /** Happens after so many bytes of the answer. */
  | { readonly kind: 'hang-after' | 'reset-after' | 'end-after'; readonly bytes: number }
  | { readonly kind: 'reset' }
  /** Pieces of so many bytes, one in so many milliseconds. */
  | { readonly kind: 'slow'; readonly bytes: number; readonly everyMs: number }
  /** Bytes that are no answer at all. */
  | { readonly kind: 'garbage' };

/** A TCP proxy in front of one server, with every fault of a network. */
export class FaultProxy {
  fault: NetworkFault = { kind: 'none' };
  connections = 0;
  readonly #target: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  /** `target`: a port of 127.0.0.1. */
  constructor(target: number) {
    this.#target = target;
    this.#server = createServer((socket) => this.#onConnection(socket));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** `host`: the address that it listens on. */
  async start(host = '127.0.0.1'): Promise<this> {
    this.#server.listen(0, host);
    await once(this.#server, 'listening');
    return this;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  #onConnection(socket: Socket): void {
    this.connections++;
    this.#keep(socket);
    const { fault } = this;
    if (fault.kind === 'hang') return;
    if (fault.kind === 'reset') return void socket.resetAndDestroy();
    if (fault.kind === 'garbage') return void socket.end('\u0016\u0003nothing of the kind\r\n\r\n');
    const upstream = connect(this.#target, '127.0.0.1');
    this.#keep(upstream);
    socket.pipe(upstream);
    if (fault.kind === 'none') upstream.pipe(socket);
    else if (fault.kind === 'slow') drip(upstream, socket, fault);
    else cut(upstream, socket, fault);
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
  }
}

function cut(from: Socket, to: Socket, { kind, bytes }: Extract<NetworkFault, { bytes: number }>): void {
  let left = bytes;
  from.on('data', (chunk: Buffer) => {
    if (left <= 0) return;
    to.write(chunk.subarray(0, left));
    left -= chunk.length;
    if (left > 0) return;
    if (kind === 'reset-after') to.resetAndDestroy();
    else if (kind === 'end-after') to.end();
  });
}

function drip(from: Socket, to: Socket, { bytes, everyMs }: Extract<NetworkFault, { kind: 'slow' }>): void {
  const all: Buffer[] = [];
  from.on('data', (chunk: Buffer) => all.push(chunk));
  const timer = setInterval(() => {
    const held = Buffer.concat(all.splice(0));
    if (held.length === 0) return;
    to.write(held.subarray(0, bytes));
    all.push(held.subarray(bytes));
  }, everyMs);
  to.on('close', () => clearInterval(timer));
}
