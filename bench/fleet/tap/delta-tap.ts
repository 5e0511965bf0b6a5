import {
  DeltaDiscoveryRequest,
  DeltaDiscoveryResponse,
} from '../../../proto/gen/envoy/service/discovery/v3/discovery.ts';
import { Struct } from '../../../proto/gen/google/protobuf/struct.ts';
import { collectionOf, isInCollection } from '../../../src/units/route-shard.ts';
import { grpcMessage, Http2Call } from '../../../test/rig/xds/http2-call.ts';
import type { Tap } from '../../peers/peer.ts';
import { GrpcMessages } from './grpc-messages.ts';
import type { RunningTap, TapMessage, Versions } from './tap.ts';
import { typeUrl, usesOf, type Use } from './uses.ts';

interface TypeState {
  readonly held: Map<string, string>;
  /** Names asked for that no message has brought or refused. */
  readonly awaited: Set<string>;
  readonly subscribed: Set<string>;
  isRequested: boolean;
}

/** Delta ADS: asks for clusters, then for all that resources name; ACKs at once; never rejects. */
export class DeltaTap implements RunningTap {
  onMessage: (message: TapMessage) => void = () => {};
  messages = 0;
  bytes = 0;
  resources = 0;
  readonly #tap: Tap;
  readonly #types = new Map<string, TypeState>();
  /** Names that the message at hand leads to, by type. */
  readonly #wanted = new Map<string, string[]>();
  #call: Http2Call;
  #isFirst = true;
  #isClosed = false;

  /** `versions` is what an earlier connection had: only differences come. */
  constructor(tap: Tap, versions: Versions = new Map()) {
    this.#tap = tap;
    this.#call = this.#connect(versions);
  }

  /** Connects again, as Envoy does, while the control plane has not sent anything: it may not have started. */
  #connect(versions: Versions): Http2Call {
    const { port, tls, serverName, headers, windowBytes = peersWindowBytes } = this.#tap;
    const call = new Http2Call({ port, tls, serverName, headers, windowBytes });
    const messages = new GrpcMessages((message) => this.#receive(message));
    call.stream.on('data', (chunk: Buffer) => messages.push(chunk));
    call.stream.once('close', () => {
      call.close();
      if (this.#isClosed || this.messages > 0) return;
      setTimeout(() => {
        if (!this.#isClosed) this.#call = this.#connect(versions);
      }, reconnectMs);
    });
    this.#call = call;
    this.#types.clear();
    this.#isFirst = true;
    for (const type of [typeUrl.cluster, ...uses, typeUrl.listener]) this.#begin(type, versions.get(type));
    return call;
  }

  get isComplete(): boolean {
    const listeners = this.#types.get(typeUrl.listener);
    return (
      listeners !== undefined &&
      listeners.held.size > 0 &&
      [...this.#types.values()].every(({ awaited }) => awaited.size === 0)
    );
  }

  get versions(): Versions {
    return new Map([...this.#types].map(([type, { held }]) => [type, new Map(held)]));
  }

  close(): void {
    this.#isClosed = true;
    this.#call.close();
  }

  /** Clusters and listeners are asked for from the start; other types only where there are names from before. */
  #begin(type: string, before: ReadonlyMap<string, string> = new Map()): void {
    const isWildcard = !uses.includes(type);
    if (!isWildcard && before.size === 0) return;
    const state = this.#state(type);
    const names = [...before.keys()];
    for (const [name, version] of before) {
      state.held.set(name, version);
      state.subscribed.add(name);
    }
    state.isRequested = true;
    this.#send({
      typeUrl: type,
      resourceNamesSubscribe: isWildcard ? [] : names,
      initialResourceVersions: new Map(before),
    });
  }

  #receive(message: Buffer): void {
    const response = DeltaDiscoveryResponse.decode(message);
    const { typeUrl: type = '', nonce = '', resources = [], removedResources = [] } = response;
    this.messages++;
    this.bytes += message.length;
    this.resources += resources.length;
    this.onMessage({ at: performance.now(), type, bytes: message, resources: resources.length });
    const state = this.#state(type);
    for (const { name = '', version = '', resource } of resources) {
      state.held.set(name, version);
      state.awaited.delete(name);
      if (isInCollection(name)) state.awaited.delete(collectionOf(name));
      for (const use of usesOf(type, resource?.value ?? none)) this.#want(use);
    }
    for (const name of removedResources) {
      state.held.delete(name);
      state.awaited.delete(name);
    }
    // As Envoy does: it asks for what resources name before it ACKs them.
    for (const [used, names] of this.#wanted) this.#send({ typeUrl: used, resourceNamesSubscribe: names });
    this.#wanted.clear();
    this.#send({ typeUrl: type, responseNonce: nonce });
  }

  /** Without names: a wildcard, or virtual hosts, which come without a name being asked for. */
  #want({ type, names }: Use): void {
    const state = this.#state(type);
    const added = names.filter((name) => !state.subscribed.has(name));
    if (added.length === 0 && (names.length > 0 || state.isRequested)) return;
    state.isRequested = true;
    for (const name of added) {
      state.subscribed.add(name);
      state.awaited.add(name);
    }
    const wanted = this.#wanted.get(type);
    if (wanted === undefined) this.#wanted.set(type, added);
    else wanted.push(...added);
  }

  #state(type: string): TypeState {
    const known = this.#types.get(type);
    if (known !== undefined) return known;
    const state = {
      held: new Map(),
      awaited: new Set<string>(),
      subscribed: new Set<string>(),
      isRequested: false,
    };
    this.#types.set(type, state);
    return state;
  }

  #send(request: DeltaDiscoveryRequest): void {
    const bytes = DeltaDiscoveryRequest.encode(this.#withNode(request)).finish();
    const metadata = this.#isFirst ? metadataOf(this.#tap.node) : none;
    this.#isFirst = false;
    void this.#call.write(grpcMessage(Buffer.concat([bytes, metadata])));
  }

  #withNode(request: DeltaDiscoveryRequest): DeltaDiscoveryRequest {
    if (!this.#isFirst) return request;
    return { node: { id: this.#tap.node.id, cluster: this.#tap.node.cluster }, ...request };
  }
}

/** A second `node` field: protobuf merges it with the first, whose generated code has no metadata. */
function metadataOf({ metadata }: Tap['node']): Uint8Array {
  if (Object.keys(metadata).length === 0) return none;
  const struct = Struct.encode(Struct.wrap(metadata)).finish();
  return field(1, field(3, struct));
}

function field(number: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([number * 8 + 2]), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

const uses: readonly string[] = [
  typeUrl.endpoint,
  typeUrl.secret,
  typeUrl.extension,
  typeUrl.scope,
  typeUrl.route,
  typeUrl.virtualHost,
];
const none = new Uint8Array(0);
const reconnectMs = 100;
/** Windows that Envoy announces unless its bootstrap says otherwise. */
const peersWindowBytes = 16 * 1024 * 1024;
