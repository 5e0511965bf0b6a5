import type { Clock } from '../../../src/lib/clock.ts';
import type { TlsIdentity } from '../../../src/lib/tls-identity.ts';
import { fleetNamed, type FleetKey } from '../../../src/units/fleet-key.ts';
import type { Fleet } from '../../../src/xds/fleet.ts';
import type { RefusalReason } from '../../../src/xds/serve-stream.ts';
import { AdsServer, type ServerOptions } from '../../../src/xds/server.ts';

export interface RefusedClient {
  readonly reason: RefusalReason;
  readonly details: string;
}

export class AdsServerFixture {
  readonly refused: RefusedClient[] = [];
  readonly faults: unknown[] = [];
  readonly uids = new Map<FleetKey, string>();
  refusedSerials: ReadonlySet<string> = new Set();
  /** Bytes written to the proxies of a Gateway, read or not. */
  readonly writtenBytes = new Map<string, number>();
  delayed = 0;
  readonly #server: AdsServer;

  constructor(
    fleet: Fleet,
    clock: Clock,
    tls: 'off' | TlsIdentity,
    options: Partial<ServerOptions> = {},
    ready: Promise<void> = Promise.resolve(),
  ) {
    const byDefault = {
      maxRequestBytes: 32 * 1024 * 1024,
      stalledAfterMs: 60_000,
      maxConnectionAgeMs: 0,
      maxStartingStreams: 1000,
      maxStreamsPerGateway: 1000,
      maxUnknownNames: 200_000,
    };
    this.#server = new AdsServer(
      { address: '127.0.0.1', port: 0, tls, ...byDefault, ...options },
      {
        clock,
        uidOf: (gateway) => this.uids.get(gateway),
        refusedSerials: () => this.refusedSerials,
        connect: (node, write, fail) => {
          const counted: typeof write = (message) => {
            this.writtenBytes.set(
              node.cluster,
              (this.writtenBytes.get(node.cluster) ?? 0) + message.byteLength,
            );
            write(message);
          };
          return fleet.connect(node, counted, fail);
        },
        mostNames: (name) => fleet.mostNames(fleetNamed(name)),
        ready,
        onRefused: (reason, _, details) => this.refused.push({ reason, details }),
        onFault: (error) => this.faults.push(error),
        onDelayed: () => this.delayed++,
        onCongested: (isCongested, of) => fleet.pause(isCongested, of),
      },
    );
  }

  listen(): Promise<number> {
    return this.#server.listen();
  }

  dropRevoked(fleet?: FleetKey): void {
    this.#server.dropRevoked(fleet);
  }

  close(): void {
    this.#server.close();
  }
}
