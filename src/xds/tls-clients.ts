import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { GatewayProxies } from '../lib/tls-identity.ts';
import type { FleetKey } from '../units/fleet-key.ts';

/** Client with a valid certificate. */
export interface TlsClient {
  readonly socket: TLSSocket;
  readonly certificate: X509Certificate;
  readonly proxies: GatewayProxies | undefined;
  readonly fleet: FleetKey | undefined;
  trustedBy: string;
}

export class TlsClients {
  readonly #byPeer = new Map<string, TlsClient>();
  readonly #byFleet = new Map<FleetKey | undefined, Set<TlsClient>>();

  get(peer: string): TlsClient | undefined {
    return this.#byPeer.get(peer);
  }

  all(): Iterable<TlsClient> {
    return this.#byPeer.values();
  }

  of(fleet: FleetKey): Iterable<TlsClient> {
    return this.#byFleet.get(fleet) ?? [];
  }

  add(peer: string, client: TlsClient): void {
    this.#byPeer.set(peer, client);
    const { fleet } = client;
    this.#byFleet.set(fleet, (this.#byFleet.get(fleet) ?? new Set()).add(client));
  }

  delete(peer: string): void {
    const client = this.#byPeer.get(peer);
    if (client === undefined) return;
    this.#byPeer.delete(peer);
    const others = this.#byFleet.get(client.fleet);
    others?.delete(client);
    if (others?.size === 0) this.#byFleet.delete(client.fleet);
  }
}
