import type { Socket } from 'node:net';
import { peerOf } from './plain-front.ts';

/**
 * Bounds the connections whose client has said nothing on a stream: those of the handshake, and those without a stream. With
 * more of them than `limit`, one ends of the address that has most, so that whoever opens enough of them and says nothing
 * shuts itself out. A connection with a stream that has spoken counts for its fleet instead.
 */
export class IdleConnections {
  readonly #limit: number;
  readonly #onExcess: (peer: string, details: string) => void;
  readonly #clients = new Map<string, Client>();
  /** By address, the one that has been idle for the longest time first. */
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

  /** A stream of the client has spoken. */
  began(peer: string): void {
    const client = this.#clients.get(peer);
    if (client === undefined) return;
    if (client.streams === 0) this.#leave(client);
    client.streams++;
  }

  /** A stream that had spoken has ended. */
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

  /** O(addresses that have idle connections). Where no address has more than the newest's, it is the newest that ends. */
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
  /** Those that have spoken. */
  streams: number;
}
