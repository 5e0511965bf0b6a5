import { setImmediate as turn } from 'node:timers/promises';
import { renew, type Certificates } from '../../../src/certs/certificates.ts';
import { issueClient } from '../../../src/certs/client-certificate.ts';
import type { TlsMaterial } from '../../../src/lib/tls-identity.ts';
import type { ServerOptions } from '../../../src/xds/server.ts';
import * as m from '../objects/manifests.ts';
import { ManualClock } from '../pipeline/manual-clock.ts';
import { Pipeline } from '../pipeline/pipeline.ts';
import { AdsServerFixture } from './ads-server.ts';
import { GivenIdentity } from './given-identity.ts';
import { GrpcStream, grpcClient } from './grpc-link.ts';
import { RawProxy } from './raw-proxy.ts';
import { urlOf } from './xds-types.ts';

type Gateway = 'bad' | 'web';

const manifests = [
  m.gatewayClass(),
  m.gateway([m.httpListener()]),
  m.gateway([m.httpListener()], { name: 'bad' }),
  m.httpRoute([{ backendRefs: [m.backend()] }], { parentRefs: [{ name: 'web' }, { name: 'bad' }] }),
  m.service(),
  m.endpointSlice(['10.0.0.1']),
];

/** A server with two Gateways: proxies of `bad` attack those of `web`. With one key they can open any number of streams. */
export class AttackedServer {
  readonly pipeline: Pipeline;
  readonly clock = new ManualClock();
  ads!: AdsServerFixture;
  port = 0;
  readonly #certificates: Certificates;
  readonly #clients: { close(): void }[] = [];

  private constructor(pipeline: Pipeline, certificates: Certificates) {
    this.pipeline = pipeline;
    this.#certificates = certificates;
    this.clock.startMs = Date.now();
  }

  static async started(): Promise<AttackedServer> {
    const { certificates } = await renew(undefined, Date.now(), ['sluice']);
    return new AttackedServer(await Pipeline.started(manifests), certificates);
  }

  async listen(options: Partial<ServerOptions> = {}, ready?: Promise<void>): Promise<void> {
    const identity = new GivenIdentity();
    identity.set(this.#certificates);
    this.ads = new AdsServerFixture(this.pipeline.controller.fleet, this.clock, identity, options, ready);
    this.port = await this.ads.listen();
  }

  identityOf(gateway: Gateway): Promise<TlsMaterial> {
    return issueClient(this.#certificates, { namespace: 'default', gateway, uid: '' }, Date.now());
  }

  async open(gateway: Gateway): Promise<GrpcStream> {
    const client = grpcClient(this.port, await this.identityOf(gateway));
    const stream = this.closing(new GrpcStream(client));
    await new Promise<void>((resolve, reject) => {
      client.waitForReady(Date.now() + 10_000, (error) => (error ? reject(error) : resolve()));
    });
    return stream;
  }

  async raw(gateway: Gateway, reads = true): Promise<RawProxy> {
    const proxy = this.closing(new RawProxy(this.port, await this.identityOf(gateway), reads));
    await proxy.connected;
    return proxy;
  }

  /** A stream whose first message has its answer, or its end. */
  async asking(gateway: Gateway): Promise<GrpcStream> {
    const stream = await this.open(gateway);
    stream.send(first(gateway));
    await this.answered(stream);
    if (stream.status === undefined) stream.send({ typeUrl: urlOf('CDS'), nonce: '1' });
    return stream;
  }

  answered(stream: GrpcStream): Promise<void> {
    return this.pipeline.until(() => stream.received.length > 0 || stream.status !== undefined);
  }

  reasons(): string[] {
    return this.ads.refused.map(({ reason }) => reason);
  }

  /** Steps are ten seconds, since bytes on their way arrive at any time. */
  async advanceUntil(condition: () => boolean): Promise<void> {
    for (let i = 0; i < 100 && !condition(); i++) {
      await this.clock.advanceBy(10_000);
      for (let turns = 0; turns < 20; turns++) await turn();
    }
    await this.pipeline.until(condition);
  }

  /** Closes the client with the server. */
  closing<C extends { close(): void }>(client: C): C {
    this.#clients.push(client);
    return client;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.pipeline.close();
    this.ads.close();
  }
}

/** First message of a proxy of this Gateway. */
export function first(gateway: Gateway) {
  return { typeUrl: urlOf('CDS'), node: { id: 'proxy', cluster: `default/${gateway}` } };
}

export function unknownNames(count: number, of = 'x'): string[] {
  return Array.from({ length: count }, (_, i) => `${of}/${i}`);
}
