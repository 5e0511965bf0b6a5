import { once } from 'node:events';
import { createServer, type Server } from 'node:http';

export interface Arrival {
  readonly number: number;
  readonly atMs: number;
}

/** Backends on port 3000 of addresses of this process. Requests are for `/NUMBER`. */
export class Arrivals {
  readonly #servers: Server[] = [];
  readonly #came = new Map<string, Arrival[]>();

  static async listen(addresses: readonly string[]): Promise<Arrivals> {
    const arrivals = new Arrivals();
    await Promise.all(addresses.map((address) => arrivals.#listen(address)));
    return arrivals;
  }

  /** The first arrival at the address with a higher number. */
  first(address: string, number: number): Arrival | undefined {
    return this.#at(address).find((one) => one.number > number);
  }

  /** `first` excluded, `last` included. */
  count(address: string, first: number, last: number): number {
    return this.#at(address).filter(({ number }) => number > first && number <= last).length;
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#servers.map(async (server) => {
        server.close();
        server.closeAllConnections();
        await once(server, 'close');
      }),
    );
  }

  async #listen(address: string): Promise<void> {
    const server = createServer((request, response) => {
      this.#at(address).push({ number: Number(request.url?.slice(1)), atMs: performance.now() });
      response.end();
    });
    this.#servers.push(server);
    server.listen(3000, address);
    await once(server, 'listening');
  }

  #at(address: string): Arrival[] {
    const came = this.#came.get(address) ?? [];
    this.#came.set(address, came);
    return came;
  }
}
