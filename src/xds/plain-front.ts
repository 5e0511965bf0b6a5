import { createServer, type Server, type Socket } from 'node:net';

/** The sockets of the xDS server where there is no TLS: whoever connects is let in. */
export class PlainFront {
  readonly #server: Server;
  readonly #sockets = new Map<string, Socket>();

  readonly #onFault: (error: unknown) => void;

  /**
   * `onSocket` is called with each connection before anything is read of it. `onFault` is called with what concerns the
   * listener or one connection, which has ended then.
   */
  constructor(
    onConnection: (socket: Socket) => void,
    onFault: (error: unknown) => void,
    onSocket: (socket: Socket) => void,
  ) {
    this.#onFault = onFault;
    this.#server = createServer({ noDelay: true }, (socket) => {
      // An error has its `close`.
      socket.on('error', () => {});
      const client = peerOf(socket);
      this.#sockets.set(client, socket);
      socket.on('close', () => this.#sockets.delete(client));
      onSocket(socket);
      handOn(socket, onConnection, onFault);
    });
  }

  /** Resolves to the port. */
  listen(port: number, host: string): Promise<number> {
    return listenOn(this.#server, port, host, this.#onFault);
  }

  admit(): { readonly kind: 'admitted'; readonly fleet: undefined } {
    return { kind: 'admitted', fleet: undefined };
  }

  dropRevoked(): void {}

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

/** Gives a socket to whoever serves it; when that throws, only this socket ends. */
export function handOn<T extends Socket>(
  socket: T,
  onConnection: (socket: T) => void,
  onFault: (error: unknown) => void,
): void {
  try {
    onConnection(socket);
  } catch (error) {
    socket.destroy();
    onFault(error);
  }
}

/** Resolves to the port. What comes after that concerns one connection that could not be taken. */
export function listenOn(
  server: Server,
  port: number,
  host: string,
  onFault: (error: unknown) => void,
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host }, () => {
      server.off('error', reject);
      server.on('error', onFault);
      const bound = server.address();
      resolve(typeof bound === 'object' && bound !== null ? bound.port : port);
    });
  });
}
