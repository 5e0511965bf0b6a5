import type { Socket } from 'node:net';
import { peerOf } from './plain-front.ts';

/**
 * Bounds connections whose client has sent no message, those in their handshake included. Above `limit`, one of the
 * address with most ends, so that an address that opens many shuts itself out.
 */
export class IdleConnections {
  readonly #limit: number;
  readonly #onExcess: (peer: string, details: string) => void;
  readonly #clients = new Map<string, Client>();
  /** By address, the longest idle first. */
  readonly #idle = new Map<string, Set<Client>>();
  #count = 0;

  constructor(limit: number, onExcess: (peer: string, details: string) => void) {
    this.#limit = limit;
    this.#onExcess = onExcess;
  }

  opened(socket: Socket): void {
    const peer = peerOf(socket);
    const client: Client = { peer, address: socket.remoteAddress ?? '', socket, streams: 0 };
    this.#clients.set(peer, client);
    socket.once('close', () => {
      this.#clients.delete(peer);
      this.#leave(client);
    });
    this.#enter(client);
  }

  began(peer: string): void {
    const client = this.#clients.get(peer);
    if (client === undefined) return;
    if (client.streams === 0) this.#leave(client);
    client.streams++;
  }

  ended(peer: string): void {
    const client = this.#clients.get(peer);
    if (client === undefined) return;
    client.streams--;
    if (client.streams === 0) this.#enter(client);
  }

  #enter(client: Client): void {
    const { address } = client;
    const ofAddress = this.#idle.get(address) ?? new Set();
    this.#idle.set(address, ofAddress.add(client));
    this.#count++;
    if (this.#count > this.#limit) this.#endOne(ofAddress, client);
  }

  #leave(client: Client): void {
    const ofAddress = this.#idle.get(client.address);
    if (ofAddress?.delete(client) !== true) return;
    this.#count--;
    if (ofAddress.size === 0) this.#idle.delete(client.address);
  }

  /** Ends the newest where no address has more; O(addresses with idle connections). */
  #endOne(ofNewest: ReadonlySet<Client>, newest: Client): void {
    const most = this.#idle.values().reduce((a, b) => (b.size > a.size ? b : a));
    const [longest] = most;
    const client = most.size > ofNewest.size && longest !== undefined ? longest : newest;
    this.#onExcess(
      client.peer,
      `${this.#count} connections say nothing, more than ${this.#limit}; ${most.size} of them from one address`,
    );
    client.socket.destroy();
    this.#leave(client);
  }
}

interface Client {
  readonly peer: string;
  readonly address: string;
  readonly socket: Socket;
  streams: number;
}
