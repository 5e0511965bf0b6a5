import { createServer, type Server, type Socket } from 'node:net';

/** The sockets of the xDS server where there is no TLS: whoever connects is let in. */
export class PlainFront {
  readonly #server: Server;
  readonly #sockets = new Map<string, Socket>();

  constructor(onConnection: (socket: Socket) => void) {
    this.#server = createServer({ noDelay: true }, (socket) => {
      // An error has its `close`.
      socket.on('error', () => {});
      const client = peerOf(socket);
      this.#sockets.set(client, socket);
      socket.on('close', () => this.#sockets.delete(client));
      onConnection(socket);
    });
  }

  /** Resolves to the port. */
  listen(port: number, host: string): Promise<number> {
    return listenOn(this.#server, port, host);
  }

  admit(): { readonly kind: 'admitted'; readonly fleet: undefined } {
    return { kind: 'admitted', fleet: undefined };
  }

  /** Ends a client's connection at once, whatever is on its way. */
  drop(client: string): void {
    this.#sockets.get(client)?.destroy();
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets.values()) socket.destroy();
  }
}

/** As gRPC names a peer. */
export function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress}:${remotePort}`;
}

/** Resolves to the port. */
export function listenOn(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host }, () => {
      server.off('error', reject);
      // What comes later concerns one connection that could not be taken.
      server.on('error', () => {});
      const bound = server.address();
      resolve(typeof bound === 'object' && bound !== null ? bound.port : port);
    });
  });
}
