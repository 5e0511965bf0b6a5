import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A Service as its clients see it: each new connection goes to the next target, and open ones stay. */
export class TcpBalancer {
  /** Ports on loopback. */
  targets: readonly number[];
  readonly #open = new Map<Socket, number>();
  readonly #server = createServer((client) => this.#lead(client));
  #next = 0;

  constructor(targets: readonly number[]) {
    this.targets = targets;
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  connections(target: number): number {
    return [...this.#open.values()].filter((port) => port === target).length;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const client of this.#open.keys()) client.destroy();
    await closed;
  }

  #lead(client: Socket): void {
    const target = this.targets[this.#next++ % this.targets.length] ?? 0;
    const server = connect({ port: target, host: '127.0.0.1', noDelay: true });
    client.setNoDelay(true);
    this.#open.set(client, target);
    client.on('close', () => {
      this.#open.delete(client);
      server.destroy();
    });
    server.on('close', () => client.end());
    // The other end counts the error.
    client.on('error', () => server.destroy());
    server.on('error', () => client.destroy());
    client.pipe(server);
    server.pipe(client);
  }
}
