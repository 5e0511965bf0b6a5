import { connect, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { grpcMessage, tlsSocket } from '../../../test/rig/xds/http2-call.ts';
import type { Tap } from '../../peers/peer.ts';
import { partsAt, textAt } from './fields.ts';
import { GrpcMessages } from './grpc-messages.ts';
import type { RunningTap, TapMessage, Versions } from './tap.ts';
import { typeUrl, usesOf, type Use } from './uses.ts';

/** A stream of one type; all resources of the type where it has no name. */
interface Subscription {
  readonly type: string;
  readonly name: string;
  readonly stream: ClientHttp2Stream;
  version: string;
  isAnswered: boolean;
}

/**
 * State of the world without ADS, as Envoy speaks it where resources name a gRPC service as their source: a stream for
 * all clusters, one for all listeners, and one for each ClusterLoadAssignment and each RouteConfiguration, on one
 * connection. ACKs at once; never rejects.
 */
export class SotwTap implements RunningTap {
  onMessage: (message: TapMessage) => void = () => {};
  messages = 0;
  bytes = 0;
  resources = 0;
  readonly ended: Promise<string>;
  readonly #session: ClientHttp2Session;
  readonly #tap: Tap;
  readonly #before: Versions;
  readonly #subscriptions = new Map<string, Subscription>();
  #end: (reason: string) => void = () => {};

  constructor(tap: Tap, versions: Versions = new Map()) {
    const { port, tls, serverName } = tap;
    this.#tap = tap;
    this.#before = versions;
    this.ended = new Promise((resolve) => (this.#end = resolve));
    this.#session = connect(`http://127.0.0.1:${port}`, {
      settings: { enablePush: false, initialWindowSize: windowBytes },
      createConnection: () => tlsSocket(port, tls, serverName),
    });
    this.#session.on('error', ({ message }) => this.#end(message));
    this.#session.on('connect', () => this.#session.setLocalWindowSize(windowBytes));
    for (const type of [typeUrl.cluster, typeUrl.listener]) this.#subscribe(type, '');
    for (const [type, names] of versions) for (const name of names.keys()) this.#subscribe(type, name);
  }

  get isComplete(): boolean {
    return [...this.#subscriptions.values()].every(({ isAnswered }) => isAnswered);
  }

  get versions(): Versions {
    const found = new Map<string, Map<string, string>>();
    for (const { type, name, version } of this.#subscriptions.values())
      found.set(type, (found.get(type) ?? new Map<string, string>()).set(name, version));
    return found;
  }

  close(): void {
    this.#session.destroy();
  }

  #subscribe(type: string, name: string): void {
    const key = `${type} ${name}`;
    const path = paths.get(type);
    if (this.#subscriptions.has(key) || path === undefined) return;
    const { headers, node } = this.#tap;
    const stream = this.#session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    const version = this.#before.get(type)?.get(name) ?? '';
    // A version that is still the newest gets no answer.
    const subscription = { type, name, stream, version, isAnswered: version !== '' };
    this.#subscriptions.set(key, subscription);
    const messages = new GrpcMessages((message) => this.#receive(subscription, message));
    stream.on('data', (chunk: Buffer) => messages.push(chunk));
    stream.on('error', ({ message }) => this.#end(message));
    stream.on('close', () => {
      if (this.#subscriptions.get(key) === subscription) this.#end(`the stream of ${key} was closed`);
    });
    stream.write(grpcMessage(request(subscription, '', node)));
  }

  #receive(subscription: Subscription, message: Buffer): void {
    const { type } = subscription;
    // Fields of a DiscoveryResponse: version, resources, nonce.
    const resources = partsAt(message, [2, 2]);
    this.messages++;
    this.bytes += message.length;
    this.resources += resources.length;
    this.onMessage({ at: performance.now(), type, bytes: message, resources: resources.length });
    subscription.version = textAt(message, [1])[0] ?? '';
    // At its start a control plane may have no listener yet.
    subscription.isAnswered = type !== typeUrl.listener || resources.length > 0;
    const uses = resources.flatMap((resource) => usesOf(type, resource));
    for (const use of uses) for (const name of use.names) this.#subscribe(use.type, name);
    for (const used of follows.get(type) ?? []) this.#unsubscribe(used, uses);
    subscription.stream.write(grpcMessage(request(subscription, textAt(message, [5])[0] ?? '')));
  }

  /** Ends the streams of names that no resource has any longer. */
  #unsubscribe(type: string, uses: readonly Use[]): void {
    const wanted = new Set(uses.flatMap((use) => (use.type === type ? use.names : [])));
    for (const [key, subscription] of this.#subscriptions) {
      if (subscription.type !== type || wanted.has(subscription.name)) continue;
      this.#subscriptions.delete(key);
      subscription.stream.close();
    }
  }
}

/** https://github.com/envoyproxy/envoy/blob/v1.40.0/api/envoy/service/discovery/v3/discovery.proto */
function request({ type, name, version }: Subscription, nonce: string, node?: Tap['node']): Uint8Array {
  const writer = new BinaryWriter();
  if (version !== '') writer.uint32(10).string(version);
  if (node !== undefined)
    writer.uint32(18).fork().uint32(10).string(node.id).uint32(18).string(node.cluster).join();
  if (name !== '') writer.uint32(26).string(name);
  writer.uint32(34).string(type);
  if (nonce !== '') writer.uint32(42).string(nonce);
  return writer.finish();
}

const service = '/envoy.service';
const paths: ReadonlyMap<string, string> = new Map([
  [typeUrl.cluster, `${service}.cluster.v3.ClusterDiscoveryService/StreamClusters`],
  [typeUrl.endpoint, `${service}.endpoint.v3.EndpointDiscoveryService/StreamEndpoints`],
  [typeUrl.listener, `${service}.listener.v3.ListenerDiscoveryService/StreamListeners`],
  [typeUrl.route, `${service}.route.v3.RouteDiscoveryService/StreamRoutes`],
  [typeUrl.secret, `${service}.secret.v3.SecretDiscoveryService/StreamSecrets`],
]);

/** Types whose names are in all resources of a type. */
const follows: ReadonlyMap<string, readonly string[]> = new Map([
  [typeUrl.cluster, [typeUrl.endpoint]],
  [typeUrl.listener, [typeUrl.route, typeUrl.secret]],
]);

/** Windows that Envoy announces. */
const windowBytes = 16 * 1024 * 1024;
