import type { XdsResource } from '../batch/outcome.ts';
import type { Clock } from '../lib/clock.ts';
import { arrivedAt, type Origin } from '../lib/origin.ts';
import type { DeltaRequest, ProxyNode } from './delta-request.ts';
import { AckedListeners } from './acked-listeners.ts';
import { DeltaStream, type StreamHooks, type StreamOptions, type Versions } from './delta-stream.ts';
import type { ProxyState, TypeTotals } from './proxy-state.ts';
import type { DeltaMessage } from './response.ts';
import type { Connection } from './serve-stream.ts';
import { turnMs, TurnQueue } from './turn-queue.ts';
import { rulesOf, typeUrl, typeUrls, type TypeUrl } from '../publish/type-table.ts';
import { fleetNamed, type FleetKey } from '../units/fleet-key.ts';
import type { Changes } from '../publish/view-changes.ts';
import type { View } from '../publish/view.ts';

export interface FleetHooks {
  stream(fleet: FleetKey, proxy: string): Omit<StreamHooks, 'write' | 'onVersions' | 'onPostponed'>;
  /** Called when a proxy connects; the result is called when it disconnects. */
  onConnect(fleet: FleetKey, proxy: string): () => void;
  onListenersAcked(fleet: FleetKey): void;
  /** Called when an ACK or NACK changes the fleet's view or its rejections. The view has to be published. */
  onVerdict(fleet: FleetKey): void;
}

/** Connected proxies, by fleet: each stream is one, whatever its node id. */
export class Fleet {
  readonly #streams = new Map<FleetKey, Set<DeltaStream>>();
  readonly #acked = new Map<FleetKey, AckedListeners>();
  readonly #proxies = new Map<DeltaStream, Omit<ProxyState, 'served' | 'types'>>();
  /** Streams with something to send: endpoints alone, or more. */
  readonly #endpoints: TurnQueue<DeltaStream>;
  readonly #everything: TurnQueue<DeltaStream>;
  readonly #postponed = new Set<DeltaStream>();
  readonly #failures = new WeakMap<DeltaStream, (error: unknown) => void>();
  readonly #options: StreamOptions;
  readonly #clock: Clock;
  readonly #hooks: FleetHooks;
  readonly #viewOf: (fleet: FleetKey) => View | undefined;

  /** `viewOf` returns undefined until a first complete view may be served: streams are silent until then. */
  constructor(
    options: StreamOptions,
    clock: Clock,
    hooks: FleetHooks,
    viewOf: (fleet: FleetKey) => View | undefined,
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#hooks = hooks;
    this.#viewOf = viewOf;
    this.#endpoints = new TurnQueue(clock, turnMs, (stream) => this.#flush(stream, true));
    this.#everything = new TurnQueue(clock, turnMs, (stream) => this.#flush(stream, false));
  }

  /** `fail` ends the stream after a bug: its state is uncertain then. */
  connect(
    node: ProxyNode & { readonly peer?: string },
    write: (message: DeltaMessage) => void,
    fail: (error: unknown) => void = rethrow,
  ): Connection {
    const fleet = fleetNamed(node.cluster);
    let isVerdict = false;
    let hasListenerChange = false;
    const streams = this.#streams.get(fleet) ?? new Set();
    this.#streams.set(fleet, streams);
    const acked = this.#acked.get(fleet) ?? new AckedListeners(streams);
    this.#acked.set(fleet, acked);
    const hooks = this.#hooks.stream(fleet, node.id);
    const stream = new DeltaStream(this.#options, this.#clock, {
      ...hooks,
      write,
      onPostponed: () => void this.#postponed.add(stream),
      onVersions: (type, versions) => {
        if (type === typeUrl.listener && acked.note(stream, versions)) hasListenerChange = true;
        if (this.#acknowledged(fleet, type, versions)) isVerdict = true;
      },
      onNack: (type, versions, message) => {
        hooks.onNack(type, versions, message);
        const [[name = '', version] = []] = versions;
        if (versions.size > 1 || version === undefined) return;
        if (this.#rejected(stream, fleet, type, name, version, message)) isVerdict = true;
      },
    });
    this.#failures.set(stream, fail);
    streams.add(stream);
    const { id, peer, version } = node;
    this.#proxies.set(stream, { id, fleet, peer, version, connectedAt: this.#clock.now() });
    const view = this.#viewOf(fleet);
    const onDisconnect = this.#hooks.onConnect(fleet, node.id);
    if (view !== undefined) stream.publish(view, new Map(), arrivedAt(this.#clock.now()));
    return {
      receive: (request) => {
        stream.receive(request);
        if (request.typeUrl === typeUrl.listener && saysMore(request)) {
          acked.forgetMissing();
          hasListenerChange = true;
        }
        if (hasListenerChange) this.#hooks.onListenersAcked(fleet);
        hasListenerChange = false;
        // Not sooner: publishing calls this stream again.
        if (isVerdict) this.#hooks.onVerdict(fleet);
        isVerdict = false;
      },
      get idle() {
        return stream.idle;
      },
      get unknownNames() {
        return stream.unknownNames;
      },
      close: () => {
        stream.close();
        this.#endpoints.delete(stream);
        this.#everything.delete(stream);
        this.#postponed.delete(stream);
        streams.delete(stream);
        this.#proxies.delete(stream);
        const isDifferent = acked.left(stream);
        if (streams.size === 0 && this.#streams.get(fleet) === streams) {
          this.#streams.delete(fleet);
          this.#acked.delete(fleet);
        }
        onDisconnect();
        if (isDifferent) this.#hooks.onListenersAcked(fleet);
        if (this.#viewOf(fleet)?.leaves(stream) === true) this.#hooks.onVerdict(fleet);
      },
    };
  }

  /**
   * Notes the changes in each stream of the fleet, which decides what it sends. Streams are written to in turns of
   * the event loop, so that a large fleet delays no other; endpoints do not wait for routes.
   */
  publish(fleet: FleetKey, view: View, changes: Changes, origin: Origin): void {
    const streams = this.#streams.get(fleet) ?? new Set();
    for (const stream of streams) this.#guard(stream, () => stream.note(view, changes, origin));
    const isEndpoints =
      changes.size > 0 && [...changes.keys()].every((type) => rulesOf(type).turn === 'free');
    const queue = isEndpoints ? this.#endpoints : this.#everything;
    for (const stream of streams) queue.add(fleet, stream);
  }

  /** Called when a wave is in force: postponed streams may send. */
  sendPostponed(): void {
    const released = [...this.#postponed];
    // First: a stream of another unfinished wave is postponed again at once.
    this.#postponed.clear();
    for (const stream of released) {
      const fleet = this.#proxies.get(stream)?.fleet;
      if (fleet !== undefined) this.#everything.add(fleet, stream);
    }
  }

  /** Sends only endpoints while clients of a fleet, or of all, do not read fast enough. */
  pause(isPaused: boolean, fleet?: string): void {
    this.#everything.pause(isPaused, fleet);
  }

  mostNames(fleet: FleetKey): number {
    const view = this.#viewOf(fleet);
    return view === undefined ? 0 : Math.max(...typeUrls.map((type) => view.mostNames(type)));
  }

  proxies(fleet: FleetKey): number {
    return this.#streams.get(fleet)?.size ?? 0;
  }

  /** Lists proxies as they are when the iteration reaches them; a disconnected one is left out. */
  *connected(): Generator<ProxyState> {
    for (const [stream, proxy] of Array.from(this.#proxies)) {
      if (this.#proxies.has(stream)) yield { ...proxy, served: stream.served, types: stream.types() };
    }
  }

  /** Lists the number of proxies of each fleet; those of fleets without a view together, as clients choose these names. */
  *sizes(): Generator<readonly [fleet: string, proxies: number]> {
    let unknown = 0;
    for (const [fleet, streams] of this.#streams) {
      if (this.#viewOf(fleet) === undefined) unknown += streams.size;
      else yield [fleet, streams.size];
    }
    yield ['', unknown];
  }

  /** Lists the age of the oldest change of each fleet that a proxy has not ACKed, in milliseconds. */
  *unacknowledged(): Generator<readonly [fleet: string, ageMs: number]> {
    const now = this.#clock.now();
    for (const [fleet, streams] of this.#streams) {
      const oldest = Math.min(...streams.values().map((stream) => stream.oldest ?? now));
      yield [this.#viewOf(fleet) === undefined ? '' : fleet, now - oldest];
    }
  }

  totals(): ReadonlyMap<TypeUrl, TypeTotals> {
    const totals = new Map<TypeUrl, TypeTotals>(
      typeUrls.map((type) => [type, { behind: 0, oldest: undefined, lastGood: 0, rejected: 0 }]),
    );
    for (const stream of this.#proxies.keys()) stream.addTo(totals);
    for (const fleet of this.#streams.keys()) {
      for (const { type } of this.#viewOf(fleet)?.rejections() ?? []) {
        const total = totals.get(type);
        if (total !== undefined) total.lastGood++;
      }
    }
    return totals;
  }

  has(fleet: FleetKey, type: TypeUrl, { name, version }: Pick<XdsResource, 'name' | 'version'>): boolean {
    if (type === typeUrl.listener) return this.#acked.get(fleet)?.has(name, version) === true;
    return [...(this.#streams.get(fleet) ?? [])].some((stream) => stream.hasVersion(type, name, version));
  }

  #flush(stream: DeltaStream, isEndpoints: boolean): void {
    this.#guard(stream, () => {
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

  #acknowledged(fleet: FleetKey, type: TypeUrl, versions: Versions): boolean {
    const view = this.#viewOf(fleet);
    let isVerdict = false;
    for (const [name, version] of versions)
      if (version !== undefined && view?.acknowledged(type, name, version) === true) isVerdict = true;
    return isVerdict;
  }

  /** Ignores a rejection of what other proxies accept: it concerns that proxy alone. */
  #rejected(
    by: DeltaStream,
    fleet: FleetKey,
    type: TypeUrl,
    name: string,
    version: string,
    message: string,
  ): boolean {
    if (this.has(fleet, type, { name, version })) return false;
    const hasAnother = [...(this.#streams.get(fleet) ?? [])].some((stream) => stream.hasAny(type, name));
    const rejected = { version, message, since: this.#clock.now() };
    return this.#viewOf(fleet)?.reject(type, name, rejected, hasAnother, by) === true;
  }
}

/** True when the client may gain or drop versions by more than an ACK. */
function saysMore({ initialVersions, unsubscribe }: DeltaRequest): boolean {
  return initialVersions.size > 0 || unsubscribe.length > 0;
}

function rethrow(error: unknown): never {
  throw error;
}
