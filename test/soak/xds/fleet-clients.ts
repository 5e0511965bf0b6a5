import { DeltaDiscoveryRequest } from '../../../proto/gen/envoy/service/discovery/v3/discovery.ts';
import { endpointsOf, gateway } from '../../rig/load/fleet.ts';
import type { TlsMaterial } from '../../../src/lib/tls-identity.ts';
import { typeUrl } from '../../../src/publish/type-table.ts';
import { grpcMessage } from '../../rig/xds/http2-call.ts';
import { LightClient, type LightClientHooks, type LightFleet } from '../../rig/xds/light-client.ts';

/** Commands to the process of the clients. */
export type ClientsCommand =
  | {
      readonly kind: 'begin';
      readonly port: number;
      readonly clusters: number;
      readonly tls: TlsMaterial | undefined;
    }
  /** Opens as many connections at once; `ready` when each has everything. */
  | { readonly kind: 'open'; readonly clients: number }
  /** Clients from this one on await a response with endpoints. `expecting` at once, `arrived` at the end. */
  | { readonly kind: 'expect'; readonly from: number }
  /** The first clients stop reading; as many new ones read nothing at all. */
  | { readonly kind: 'stall'; readonly clients: number }
  /** They read again, and the new ones leave; `ready` when nothing is missing. */
  | { readonly kind: 'resume' };

export type ClientsAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'expecting' }
  /** Times by client, in milliseconds of the system's monotonic clock. */
  | { readonly kind: 'arrived'; readonly at: readonly number[] }
  | { readonly kind: 'ended'; readonly reason: string };

let fleet: LightFleet | undefined;
const clients: LightClient[] = [];
/** They read nothing from the start. */
let mute: LightClient[] = [];
let paused = 0;
let expected = 0;
let expectedFrom = 0;
let arrivals: number[] = [];
let opening = 0;

process.on('message', (command: ClientsCommand) => {
  switch (command.kind) {
    case 'begin':
      fleet = fleetOf(command);
      break;
    case 'open':
      opening = command.clients;
      for (let i = 0; i < command.clients; i++) open();
      break;
    case 'expect':
      arrivals = [];
      expectedFrom = command.from;
      expected = clients.length - command.from;
      answer({ kind: 'expecting' });
      break;
    case 'stall':
      paused = command.clients;
      for (const client of clients.slice(0, paused)) client.pause();
      mute = Array.from({ length: paused }, (_, i) => connect(`mute-${i}`, false, silent));
      break;
    case 'resume':
      for (const client of mute) client.close();
      mute = [];
      for (const client of clients.slice(0, paused)) client.resume();
      paused = 0;
      answer({ kind: 'ready' });
      break;
  }
});
process.on('disconnect', () => process.exit(0));

function open(): void {
  const index = clients.length;
  clients.push(
    connect(`proxy-${index}`, true, {
      onReady() {
        if (--opening === 0) answer({ kind: 'ready' });
      },
      onEndpoints(at) {
        if (index < expectedFrom || expected === 0) return;
        arrivals.push(at);
        if (arrivals.length < expected) return;
        expected = 0;
        answer({ kind: 'arrived', at: arrivals });
      },
      onEnd: (reason) => answer({ kind: 'ended', reason }),
    }),
  );
}

const silent: LightClientHooks = { onReady() {}, onEndpoints() {}, onEnd() {} };

function connect(id: string, reads: boolean, hooks: LightClientHooks): LightClient {
  if (fleet === undefined) throw new Error('`begin` comes first');
  return new LightClient(id, fleet, reads, hooks);
}

function fleetOf({ port, clusters, tls }: ClientsCommand & { kind: 'begin' }): LightFleet {
  const resourceNamesSubscribe = Array.from({ length: clusters }, (_, i) => endpointsOf(i));
  const request = DeltaDiscoveryRequest.encode({
    typeUrl: typeUrl.endpoint,
    resourceNamesSubscribe,
  }).finish();
  return { port, gateway, tls, clusters, endpoints: grpcMessage(request) };
}

function answer(message: ClientsAnswer): void {
  process.send?.(message);
}
