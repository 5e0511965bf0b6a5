import type { XdsResource } from '../batch/outcome.ts';
import type { Clock } from '../lib/clock.ts';
import type { ProxyNode } from './delta-request.ts';
import { DeltaStream, type StreamHooks, type StreamOptions, type Versions } from './delta-stream.ts';
import type { ProxyState, TypeTotals } from './proxy-state.ts';
import type { DeltaMessage } from './response.ts';
import type { Connection } from './server.ts';
import { turnMs, TurnQueue } from './turn-queue.ts';
import { typeUrl, typeUrls, type TypeUrl } from '../publish/type-url.ts';
import type { Changes, View } from '../publish/view.ts';

/** What the fleet tells of its streams; `proxy` is the node id. */
export interface FleetHooks {
  stream(gateway: string, proxy: string): Omit<StreamHooks, 'write' | 'onHeld'>;
  /** A proxy has connected; what it returns is called when the proxy is gone. `known`: its Gateway has something to serve. */
  onConnect(gateway: string, proxy: string, known: boolean): () => void;
  /** What the Gateway's proxies have ACKed of its Listeners may be different now: one of them spoke of them, or left. */
  onListenersHeld(gateway: string): void;
  /** By what a proxy ACKed or refused, the Gateway's view or its refusals are different. The view is to be published. */
  onVerdict(gateway: string): void;
}

/** Every connected proxy, by Gateway. A proxy is a stream: two with one node id have nothing in common. */
export class Fleet {
  readonly #streams = new Map<string, Set<DeltaStream>>();
  readonly #proxies = new Map<DeltaStream, Omit<ProxyState, 'served' | 'types'>>();
  /** Streams that may have to be sent something: with new endpoints alone, and with more. */
  readonly #endpoints: TurnQueue<DeltaStream>;
  readonly #everything: TurnQueue<DeltaStream>;
  readonly #failures = new WeakMap<DeltaStream, (error: unknown) => void>();
  readonly #options: StreamOptions;
  readonly #clock: Clock;
  readonly #hooks: FleetHooks;
  readonly #viewOf: (gateway: string) => View | undefined;

  /** `viewOf` answers undefined until a first complete view may be served: streams are silent until then. */
  constructor(
    options: StreamOptions,
    clock: Clock,
    hooks: FleetHooks,
    viewOf: (gateway: string) => View | undefined,
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#hooks = hooks;
    this.#viewOf = viewOf;
    this.#endpoints = new TurnQueue(clock, turnMs, (stream) => this.#flush(stream, true));
    this.#everything = new TurnQueue(clock, turnMs, (stream) => this.#flush(stream, false));
  }

  /** `fail` ends the stream: a bug of ours struck it, and nothing of what it was sent is certain any more. */
  connect(
    node: ProxyNode & { readonly peer?: string },
    write: (message: DeltaMessage) => void,
    fail: (error: unknown) => void = rethrow,
  ): Connection {
    const gateway = node.cluster;
    let isVerdict = false;
    const hooks = this.#hooks.stream(gateway, node.id);
    const stream = new DeltaStream(this.#options, this.#clock, {
      ...hooks,
      write,
      onHeld: (type, versions) => {
        if (this.#held(gateway, type, versions)) isVerdict = true;
      },
      onNack: (type, versions, message) => {
        hooks.onNack(type, versions, message);
        const [[name = '', version] = []] = versions;
        if (versions.size > 1 || version === undefined) return;
        if (this.#refused(stream, gateway, type, name, version, message)) isVerdict = true;
      },
    });
    this.#failures.set(stream, fail);
    const streams = this.#streams.get(gateway) ?? new Set();
    this.#streams.set(gateway, streams.add(stream));
    const { id, peer, version } = node;
    this.#proxies.set(stream, { id, gateway, peer, version, connectedAt: this.#clock.now() });
    const view = this.#viewOf(gateway);
    const onDisconnect = this.#hooks.onConnect(gateway, node.id, view !== undefined);
    if (view !== undefined) stream.publish(view, new Map(), this.#clock.now());
    return {
      receive: (request) => {
        stream.receive(request);
        if (request.typeUrl === typeUrl.listener) this.#hooks.onListenersHeld(gateway);
        // When the stream is done with the message: what is published comes back to it.
        if (isVerdict) this.#hooks.onVerdict(gateway);
        isVerdict = false;
      },
      get idle() {
        return stream.idle;
      },
      close: () => {
        stream.close();
        this.#endpoints.delete(stream);
        this.#everything.delete(stream);
        streams.delete(stream);
        this.#proxies.delete(stream);
        if (streams.size === 0 && this.#streams.get(gateway) === streams) this.#streams.delete(gateway);
        onDisconnect();
        this.#hooks.onListenersHeld(gateway);
        if (this.#viewOf(gateway)?.leaves(stream) === true) this.#hooks.onVerdict(gateway);
      },
    };
  }

  /**
   * Tells a Gateway's proxies what is different. Each decides for itself what of it may go now. They are written to in
   * turns of the event loop, with what is newest then, so that a large fleet holds up nobody; new endpoints do not wait
   * until everybody has new routes.
   */
  publish(gateway: string, view: View, changes: Changes, since: number): void {
    const streams = this.#streams.get(gateway) ?? new Set();
    for (const stream of streams) this.#guard(stream, () => stream.note(view, changes, since));
    const isEndpoints = changes.size === 1 && changes.has(typeUrl.endpoint);
    const queue = isEndpoints ? this.#endpoints : this.#everything;
    for (const stream of streams) queue.add(stream);
  }

  /** While clients do not keep up with what is written to them, only what they ask for and endpoints go. */
  hold(isHeld: boolean): void {
    this.#everything.hold(isHeld);
  }

  proxies(gateway: string): number {
    return this.#streams.get(gateway)?.size ?? 0;
  }

  /** Every connected proxy as it is when the iteration comes to it, which may be later: who has left then is left out. */
  *connected(): Generator<ProxyState> {
    for (const [stream, proxy] of Array.from(this.#proxies)) {
      if (this.#proxies.has(stream)) yield { ...proxy, served: stream.served, types: stream.types() };
    }
  }

  /** All connected proxies together, in O(proxies and what they refuse). */
  totals(): ReadonlyMap<TypeUrl, TypeTotals> {
    const totals = new Map<TypeUrl, TypeTotals>(
      typeUrls.map((type) => [type, { behind: 0, oldest: undefined, lastGood: 0, refused: 0 }]),
    );
    for (const stream of this.#proxies.keys()) stream.addTo(totals);
    for (const gateway of this.#streams.keys()) {
      for (const { type } of this.#viewOf(gateway)?.refusals() ?? []) {
        const total = totals.get(type);
        if (total !== undefined) total.lastGood++;
      }
    }
    return totals;
  }

  /** Whether any proxy of the Gateway has ACKed this version of the resource. */
  has(gateway: string, type: TypeUrl, { name, version }: Pick<XdsResource, 'name' | 'version'>): boolean {
    return [...(this.#streams.get(gateway) ?? [])].some((stream) => stream.hasVersion(type, name, version));
  }

  #flush(stream: DeltaStream, isEndpoints: boolean): void {
    this.#guard(stream, () => {
      // The rest has its own place in the other queue, maybe behind hundreds.
      if (isEndpoints && this.#everything.has(stream)) stream.flushEndpoints();
      else stream.flush();
    });
  }

  #guard(stream: DeltaStream, step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#failures.get(stream)?.(error);
    }
  }

  #held(gateway: string, type: TypeUrl, versions: Versions): boolean {
    const view = this.#viewOf(gateway);
    let isVerdict = false;
    for (const [name, version] of versions)
      if (version !== undefined && view?.acknowledged(type, name, version) === true) isVerdict = true;
    return isVerdict;
  }

  /** What other proxies take is not bad: a proxy that refuses it, an older one perhaps, is alone with that. */
  #refused(
    by: DeltaStream,
    gateway: string,
    type: TypeUrl,
    name: string,
    version: string,
    message: string,
  ): boolean {
    if (this.has(gateway, type, { name, version })) return false;
    const isHeld = [...(this.#streams.get(gateway) ?? [])].some((stream) => stream.holds(type, name));
    const refused = { version, message, since: this.#clock.now() };
    return this.#viewOf(gateway)?.refuse(type, name, refused, isHeld, by) === true;
  }
}

function rethrow(error: unknown): never {
  throw error;
}
