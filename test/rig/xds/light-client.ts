import { connect, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { connect as connectTls } from 'node:tls';
import { DeltaDiscoveryRequest } from '../../../proto/gen/envoy/service/discovery/v3/discovery.ts';
import type { TlsMaterial } from '../../../src/lib/tls-identity.ts';
import { typeUrl } from '../../../src/publish/type-table.ts';
import { grpcMessage } from './raw-proxy.ts';
import { ResponseScanner, type ScannedResponse } from './response-scanner.ts';

/** Describes what all clients of one run have in common. */
export interface LightFleet {
  readonly port: number;
  readonly gateway: string;
  readonly tls: TlsMaterial | undefined;
  /** The request for the endpoints of every cluster, ready to be sent. */
  readonly endpoints: Buffer;
  readonly clusters: number;
}

export interface LightClientHooks {
  /** Everything is there. */
  onReady(): void;
  /** A response with endpoints, after the first ones; `at` is in milliseconds of the system's monotonic clock. */
  onEndpoints(at: number): void;
  onEnd(reason: string): void;
}

/**
 * One delta client, on a connection of its own as every Envoy has: asks in Envoy's order and ACKs everything at once,
 * and knows only how many resources it was sent.
 */
export class LightClient {
  readonly #fleet: LightFleet;
  readonly #hooks: LightClientHooks;
  readonly #session: ClientHttp2Session;
  readonly #stream: ClientHttp2Stream;
  readonly #received = new Map<string, number>();
  #isReady = false;
  #isClosed = false;

  /** `reads` false: a client that has asked for everything and takes no byte of it. */
  constructor(id: string, fleet: LightFleet, reads: boolean, hooks: LightClientHooks) {
    this.#fleet = fleet;
    this.#hooks = hooks;
    this.#session = connect(`http://127.0.0.1:${fleet.port}`, {
      settings: { enablePush: false, initialWindowSize: reads ? windowBytes : stalledWindowBytes },
      ...tlsOptions(fleet),
    });
    this.#session.on('error', (error) => this.#end(error.message));
    this.#session.on('connect', () => {
      if (reads) this.#session.setLocalWindowSize(windowBytes);
    });
    this.#stream = this.#session.request(
      {
        ':method': 'POST',
        ':path': '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources',
        'content-type': 'application/grpc',
        te: 'trailers',
      },
      { endStream: false },
    );
    this.#stream.on('error', (error) => this.#end(error.message));
    this.#stream.on('close', () => this.#end('the stream was closed'));
    const node = { id, cluster: fleet.gateway };
    this.#send({ node, typeUrl: typeUrl.cluster });
    if (!reads) {
      this.#stream.write(fleet.endpoints);
      this.#askForUses();
      return;
    }
    const scanner = new ResponseScanner((response) => this.#receive(response));
    this.#stream.on('data', (chunk: Buffer) => scanner.push(chunk));
  }

  close(): void {
    this.#isClosed = true;
    this.#session.destroy();
  }

  /** Stops to take bytes, though the connection lives and answers pings; `resume` ends it. */
  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  #receive({ typeUrl: type, nonce, resources }: ScannedResponse): void {
    const at = Number(process.hrtime.bigint()) / 1e6;
    const before = this.#received.get(type) ?? 0;
    this.#received.set(type, before + resources);
    if (type === typeUrl.cluster && before < this.#fleet.clusters) {
      // Envoy asks for endpoints before it ACKs their clusters, and for listeners when the clusters are there.
      if (before + resources >= this.#fleet.clusters) this.#stream.write(this.#fleet.endpoints);
    }
    this.#send({ typeUrl: type, responseNonce: nonce });
    if (type === typeUrl.endpoint) {
      if (this.#isReady) this.#hooks.onEndpoints(at);
      else if (before < this.#fleet.clusters && before + resources >= this.#fleet.clusters)
        this.#askForUses();
    }
    if (type === typeUrl.route && !this.#isReady) {
      this.#isReady = true;
      this.#hooks.onReady();
    }
  }

  #askForUses(): void {
    this.#send({ typeUrl: typeUrl.listener });
    this.#send({ typeUrl: typeUrl.route, resourceNamesSubscribe: [`${this.#fleet.gateway}/8080`] });
  }

  #send(request: DeltaDiscoveryRequest): void {
    this.#stream.write(grpcMessage(DeltaDiscoveryRequest.encode(request).finish()));
  }

  #end(reason: string): void {
    if (this.#isClosed) return;
    this.close();
    this.#hooks.onEnd(reason);
  }
}

/** As Envoy announces them. */
const windowBytes = 16 * 1024 * 1024;

/** The least that every client has at first. */
const stalledWindowBytes = 65_535;

function tlsOptions({ port, tls }: LightFleet): object {
  if (tls === undefined) return {};
  const { certificate: cert, privateKey: key, ca } = tls;
  return {
    createConnection: () =>
      connectTls({ port, host: '127.0.0.1', servername: 'sluice', cert, key, ca, ALPNProtocols: ['h2'] }),
  };
}
