import { createServer, type Server, type Socket } from 'node:net';

/** Sockets of the xDS server without TLS, which admits any client. */
export class PlainFront {
  readonly #server: Server;
  readonly #sockets = new Map<string, Socket>();

  readonly #onFault: (error: unknown) => void;

  /** `onSocket` is called before a connection is read, `onFault` when the listener or a connection fails. */
  constructor(
    onConnection: (socket: Socket) => void,
    onFault: (error: unknown) => void,
    onSocket: (socket: Socket) => void,
  ) {
    this.#onFault = onFault;
    this.#server = createServer({ noDelay: true }, (socket) => {
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

  drop(client: string): void {
    this.#sockets.get(client)?.destroy();
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets.values()) socket.destroy();
  }
}

/** Names a socket as gRPC names its peer. */
export function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress}:${remotePort}`;
}

/** Calls `onConnection`; when that throws, only this socket ends. */
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

/** Resolves to the port. A later error concerns one connection that could not be accepted. */
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
