import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { endpointSlice, service } from '../objects/manifests.ts';

/** A server of bytes: it answers what comes with its name, a colon, and the same. */
export interface ByteServer {
  readonly name: string;
  readonly port: number;
  close(): void;
}

export interface Identity {
  readonly certificate: string;
  readonly privateKey: string;
}

/** With an identity it speaks TLS. */
export async function streamServer(name: string, identity?: Identity, host = loopback): Promise<ByteServer> {
  const open = new Set<Socket>();
  const serve = (socket: Socket): void => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => socket.write(`${name}:${chunk.toString()}`));
  };
  const server =
    identity === undefined
      ? createServer(serve)
      : createTlsServer({ cert: identity.certificate, key: identity.privateKey }, serve);
  server.listen(0, host);
  await once(server, 'listening');
  return {
    name,
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

export async function datagramServer(name: string, host = loopback): Promise<ByteServer> {
  const socket = createSocket('udp4');
  socket.on('message', (message, from) =>
    socket.send(`${name}:${message.toString()}`, from.port, from.address),
  );
  socket.bind(0, host);
  await once(socket, 'listening');
  return { name, port: socket.address().port, close: () => socket.close() };
}

/** A Service of the server's name and port 80, with the server as its endpoint. */
export function serviceOf({ name, port }: ByteServer, protocol: 'TCP' | 'UDP' = 'TCP'): object[] {
  return [
    service(name, { port: { protocol } }),
    endpointSlice([loopback], { name: `${name}-1`, service: name, port, protocol }),
  ];
}

const loopback = '127.0.0.1';
