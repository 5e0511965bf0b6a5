import {
  Server,
  ServerCredentials,
  status,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { Socket } from 'node:net';
import type { Clock } from '../lib/clock.ts';
import type { TlsIdentity } from '../lib/tls-identity.ts';
import type { FleetKey } from '../units/fleet-key.ts';
import type { ClientRules } from './admission.ts';
import { Calls, type CallOptions } from './calls.ts';
import type { ProxyNode } from './delta-request.ts';
import { FleetCongestion } from './fleet-congestion.ts';
import { IdleConnections } from './idle-connections.ts';
import type { DeltaMessage } from './response.ts';
import { PlainFront } from './plain-front.ts';
import {
  quoted,
  type AdsCall,
  type Connection,
  type RefusalReason,
  type WatchedConnection,
} from './serve-stream.ts';
import { StallWatch } from './stall-watch.ts';
import { TlsFront } from './tls-front.ts';
import { turnMs, TurnQueue } from './turn-queue.ts';
import { WatchedWrites, type Client } from './watched-writes.ts';

export interface ServerOptions extends CallOptions {
  readonly address: string;
  readonly port: number;
  /** `off` admits any client as any proxy, so it is for loopback alone. */
  readonly tls: 'off' | TlsIdentity;
  readonly maxRequestBytes: number;
  /** Time after which a client that does not read loses its connection. */
  readonly stalledAfterMs: number;
  /** Age at which a connection ends, give or take a tenth, so that the proxy may choose another replica; 0: never. */
  readonly maxConnectionAgeMs: number;
}

export type Connect = (
  node: ProxyNode & { readonly peer: string },
  write: (message: DeltaMessage) => void,
  fail: (error: unknown) => void,
) => Connection;

export interface ServerPorts extends ClientRules {
  readonly clock: Clock;
  readonly connect: Connect;
  readonly mostNames: (fleet: string) => number;
  /** Resolves when proxies can be served; until then messages wait at the clients. */
  readonly ready: Promise<void>;
  /** `client` is `address:port`; `details` is one line, which may quote the client. Must not throw. */
  readonly onRefused: (reason: RefusalReason, client: string, details: string) => void;
  /** Called at an error of the listener, or a bug that ended one connection or stream. */
  readonly onFault: (error: unknown) => void;
  readonly onDelayed: () => void;
  /** Called when clients of a fleet, or all together, do not read fast enough, and when they do again. */
  readonly onCongested: (isCongested: boolean, fleet: string | undefined) => void;
}

/**
 * ADS endpoint: one RPC, delta only. Messages are bytes on both sides, so grpc-js neither encodes nor decodes.
 *
 * With TLS the client's certificate names its Gateway, and `node.cluster` must be that Gateway: one proxy's key and
 * token give access to one Gateway's config.
 */
export class AdsServer {
  readonly #options: ServerOptions;
  readonly #ports: ServerPorts;
  readonly #server: Server;
  readonly #front: PlainFront | TlsFront;
  readonly #requests: TurnQueue<() => void>;
  readonly #congestion: FleetCongestion;
  readonly #stalls: StallWatch<Client>;
  readonly #calls: Calls;

  constructor(options: ServerOptions, ports: ServerPorts) {
    this.#options = options;
    this.#ports = ports;
    const { clock } = ports;
    this.#requests = new TurnQueue(clock, turnMs, (task) => task());
    this.#congestion = new FleetCongestion(clock, (isCongested, fleet) => {
      this.#requests.pause(isCongested, fleet);
      ports.onCongested(isCongested, fleet);
    });
    this.#stalls = new StallWatch(options, clock, (client, bytes, stalledMs) => {
      const seconds = Math.round(stalledMs / 1000);
      ports.onRefused(
        'stalled',
        client.peer,
        `${client.name} took nothing of ${bytes} bytes for ${seconds} s`,
      );
      this.#front.drop(client.peer);
    });
    const idle = new IdleConnections(maxIdleConnections, (client, details) =>
      ports.onRefused('connections', client, details),
    );
    this.#calls = new Calls(options, {
      ...ports,
      idle,
      requests: this.#requests,
      drop: (peer) => this.#front.drop(peer),
      connect: (...client) => this.#connect(...client),
    });
    void ports.ready.then(() => this.#calls.open());
    this.#server = new Server({
      'grpc.max_receive_message_length': options.maxRequestBytes,
      // Finds a proxy whose network is cut, within half a minute.
      'grpc.keepalive_time_ms': 20_000,
      'grpc.keepalive_timeout_ms': 10_000,
      'grpc.max_concurrent_streams': maxStreamsPerConnection,
      // Its figures are not used, and cost memory for each client.
      'grpc.enable_channelz': 0,
      ...(options.maxConnectionAgeMs === 0
        ? {}
        : {
            'grpc.max_connection_age_ms': options.maxConnectionAgeMs,
            'grpc.max_connection_age_grace_ms': ageGraceMs,
          }),
    });
    // Sockets are made here: grpc-js can neither require TLS 1.3 nor end one connection, nor tell why a client was
    // refused.
    const injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
    const onSocket = (socket: Socket): void => idle.opened(socket);
    const onConnection = (socket: Socket): void => injector.injectConnection(socket);
    this.#front =
      options.tls === 'off'
        ? new PlainFront(onConnection, ports.onFault, onSocket)
        : new TlsFront(options.tls, {
            clock,
            onSocket,
            onConnection,
            uidOf: ports.uidOf,
            refusedSerials: ports.refusedSerials,
            onRefused: (client, details) => ports.onRefused('certificate', client, details),
            onFault: ports.onFault,
          });
    const implementation: UntypedServiceImplementation = {
      deltaAggregatedResources: (call: AdsCall) => {
        try {
          this.#serve(call);
        } catch (error) {
          ports.onFault(error);
          call.destroy();
        }
      },
    };
    this.#server.addService(adsService, implementation);
  }

  /** Resolves to the port, which the system chooses for port 0. Refuses clients until there is an identity. */
  listen(): Promise<number> {
    return this.#front.listen(this.#options.port, this.#options.address);
  }

  /** Call it when the UID of a Gateway changes, or with `undefined` when the refused serial numbers do. */
  dropRevoked(fleet: FleetKey | undefined): void {
    this.#front.dropRevoked(fleet);
  }

  close(): void {
    this.#server.forceShutdown();
    this.#front.close();
    this.#calls.close();
    this.#stalls.close();
    this.#congestion.close();
  }

  #serve(call: AdsCall): void {
    const peer = call.getPeer();
    const admission = this.#front.admit(peer, tokenIn(call));
    if (admission.kind === 'refused') {
      const { reason, details } = admission;
      const code = reason === 'identity' ? status.PERMISSION_DENIED : status.UNAUTHENTICATED;
      this.#ports.onRefused(reason, peer, details);
      call.emit('error', { code, details });
      return;
    }
    this.#calls.take(call, admission.fleet);
  }

  #connect(
    call: AdsCall,
    node: ProxyNode,
    fail: (error: unknown) => void,
    started: () => void,
  ): WatchedConnection {
    const name = `proxy ${quoted(node.id)} of ${quoted(node.cluster)}`;
    const client = { peer: call.getPeer(), name, fleet: node.cluster };
    const writes = new WatchedWrites(
      client,
      { congestion: this.#congestion, stalls: this.#stalls },
      (message, onTaken) => void call.write(message, onTaken),
    );
    const { peer } = client;
    const connection = this.#ports.connect({ ...node, peer }, (message) => writes.write(message), fail);
    return {
      receive: (request) => {
        connection.receive(request);
        if (connection.idle) started();
      },
      get idle() {
        return connection.idle;
      },
      get unknownNames() {
        return connection.unknownNames;
      },
      get isFull() {
        return writes.isFull;
      },
      whenRoom: (onRoom) => writes.whenRoom(onRoom),
      close: () => {
        connection.close();
        writes.close();
      },
    };
  }
}

/** Returns the token in the metadata of a stream, which comes from the proxy's bootstrap. */
function tokenIn({ metadata }: AdsCall): string | undefined {
  const [token, another] = metadata.get('x-sluice-token');
  return typeof token === 'string' && another === undefined ? token : undefined;
}

const adsService: ServiceDefinition = {
  deltaAggregatedResources: {
    path: '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources',
    requestStream: true,
    responseStream: true,
    requestSerialize: (bytes: Buffer) => bytes,
    requestDeserialize: (bytes: Buffer) => bytes,
    // grpc-js only copies a message into its frame.
    responseSerialize: (message: DeltaMessage) => message as unknown as Buffer,
    responseDeserialize: (bytes: Buffer) => bytes,
  },
};

/** Time from the notice that a connection is too old to its end, for messages under way. */
const ageGraceMs = 1000;

/** Envoy has one stream on a connection, and two for a moment when it starts again. */
const maxStreamsPerConnection = 2;

/**
 * Limit of connections without a message. More let more proxies connect at a time, as after a restart of Sluice;
 * fewer bound the memory that any host on the network can take, some 50 KiB each with TLS.
 */
const maxIdleConnections = 1024;
