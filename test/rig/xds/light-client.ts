import type { DeltaDiscoveryRequest } from '../../../proto/gen/envoy/service/discovery/v3/discovery.ts';
import { xdsWindowBytes } from '../../../src/lib/envoy-bootstrap.ts';
import { typeUrl } from '../../../src/publish/type-table.ts';
import type { TlsMaterial } from '../../../src/lib/tls-identity.ts';
import { Http2Call } from './http2-call.ts';
import { ResponseScanner, type ScannedResponse } from './response-scanner.ts';

export interface LightFleet {
  readonly port: number;
  readonly gateway: string;
  readonly tls: TlsMaterial | undefined;
  /** The request for the endpoints of every cluster. */
  readonly endpoints: Buffer;
  readonly clusters: number;
}

export interface LightClientHooks {
  /** Everything is there. */
  onReady(): void;
  /** Endpoints after the first ones; `at` is in milliseconds of the system's monotonic clock. */
  onEndpoints(at: number): void;
  onEnd(reason: string): void;
}

/** A delta client with a connection of its own: asks in Envoy's order, ACKs at once, and only counts resources. */
export class LightClient {
  readonly #fleet: LightFleet;
  readonly #hooks: LightClientHooks;
  readonly #call: Http2Call;
  readonly #received = new Map<string, number>();
  #isReady = false;
  #isClosed = false;

  /** `reads` false: it asks for everything and reads nothing. */
  constructor(id: string, fleet: LightFleet, reads: boolean, hooks: LightClientHooks) {
    this.#fleet = fleet;
    this.#hooks = hooks;
    const { port, tls } = fleet;
    this.#call = new Http2Call({ port, tls, windowBytes: reads ? xdsWindowBytes : undefined });
    const { session, stream } = this.#call;
    session.on('error', (error) => this.#end(error.message));
    stream.on('error', (error) => this.#end(error.message));
    stream.on('close', () => this.#end('the stream was closed'));
    const node = { id, cluster: fleet.gateway };
    this.#send({ node, typeUrl: typeUrl.cluster });
    if (!reads) {
      void this.#call.write(fleet.endpoints);
      this.#askForUses();
      this.#askForHosts();
      return;
    }
    const scanner = new ResponseScanner((response) => this.#receive(response));
    stream.on('data', (chunk: Buffer) => scanner.push(chunk));
  }

  close(): void {
    this.#isClosed = true;
    this.#call.close();
  }

  pause(): void {
    this.#call.stream.pause();
  }

  resume(): void {
    this.#call.stream.resume();
  }

  #receive({ typeUrl: type, nonce, resources }: ScannedResponse): void {
    const at = Number(process.hrtime.bigint()) / 1e6;
    const before = this.#received.get(type) ?? 0;
    this.#received.set(type, before + resources);
    if (type === typeUrl.cluster && before < this.#fleet.clusters) {
      // Envoy asks for endpoints before it ACKs their clusters, and for listeners when the clusters are there.
      if (before + resources >= this.#fleet.clusters) void this.#call.write(this.#fleet.endpoints);
    }
    // Envoy asks for hosts before it ACKs their RouteConfiguration.
    if (type === typeUrl.route && before === 0) this.#askForHosts();
    this.#send({ typeUrl: type, responseNonce: nonce });
    if (type === typeUrl.endpoint) {
      if (this.#isReady) this.#hooks.onEndpoints(at);
      else if (before < this.#fleet.clusters && before + resources >= this.#fleet.clusters)
        this.#askForUses();
    }
    if (type === typeUrl.virtualHost && !this.#isReady) {
      this.#isReady = true;
      this.#hooks.onReady();
    }
  }

  #askForUses(): void {
    this.#send({ typeUrl: typeUrl.listener });
    this.#send({ typeUrl: typeUrl.route, resourceNamesSubscribe: [`${this.#fleet.gateway}/8080:*`] });
  }

  #askForHosts(): void {
    this.#send({ typeUrl: typeUrl.virtualHost });
  }

  #send(request: DeltaDiscoveryRequest): void {
    void this.#call.send(request);
  }

  #end(reason: string): void {
    if (this.#isClosed) return;
    this.close();
    this.#hooks.onEnd(reason);
  }
}
