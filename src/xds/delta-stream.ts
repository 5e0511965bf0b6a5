import type { Clock } from '../lib/clock.ts';
import type { Origin } from '../lib/origin.ts';
import { Delivery, type DeliveryHooks, type DeliveryOptions } from './delivery.ts';
import type { DeltaRequest } from './delta-request.ts';
import { HostTables } from './host-tables.ts';
import type { SubscriptionChange } from './subscription.ts';
import { TypeState, type InFlight } from './type-state.ts';
import type { ProxyTypeState, TypeTotals } from './proxy-state.ts';
import { collectionOf, isCollection } from '../units/route-shard.ts';
import { isTypeUrl, typeUrl, typeUrls, type TypeUrl } from '../publish/type-table.ts';
import type { Changes } from '../publish/view-changes.ts';
import type { View } from '../publish/view.ts';

export type StreamOptions = DeliveryOptions;

export type Versions = ReadonlyMap<string, string | undefined>;

export interface Answer extends Pick<InFlight, 'origin' | 'push' | 'sentAt'> {
  readonly kind: 'ack' | 'nack' | 'none';
  readonly at: number;
}

export interface StreamHooks extends DeliveryHooks {
  /** Called at an ACK or NACK, and for a response that has neither when the stream ends. */
  onAnswer(type: TypeUrl, answer: Answer): void;
  /** Called when the client has ACKed these versions, or has them when it connects. */
  onVersions(type: TypeUrl, versions: Versions): void;
  /** Called at a NACK of all of these. A resource that was sent alone is the cause. */
  onNack(type: TypeUrl, versions: Versions, message: string): void;
}

/**
 * Server side of one delta ADS stream: subscriptions, ACKs and NACKs. {@link Delivery} decides what is sent, and
 * when.
 *
 * At most one response per type is unanswered; later changes join a set of names and go with the next one, so a slow
 * client costs memory for one diff.
 *
 * Protocol: https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#incremental-xds
 */
export class DeltaStream {
  readonly #states = new Map<TypeUrl, TypeState>();
  readonly #hooks: StreamHooks;
  readonly #clock: Clock;
  readonly #tables = new HostTables(this.#states);
  readonly #delivery: Delivery;
  #view: View | undefined;

  constructor(options: StreamOptions, clock: Clock, hooks: StreamHooks) {
    this.#clock = clock;
    this.#hooks = hooks;
    this.#delivery = new Delivery(this.#states, this.#tables, options, clock, hooks);
  }

  hasVersion(type: TypeUrl, name: string, version: string): boolean {
    return this.#states.get(type)?.acked.get(name) === version;
  }

  hasAny(type: TypeUrl, name: string): boolean {
    return this.#states.get(type)?.acked.has(name) === true;
  }

  get idle(): boolean {
    return this.#states.values().every((state) => state.inFlight === undefined);
  }

  publish(view: View, changes: Changes, origin: Origin): void {
    this.note(view, changes, origin);
    this.flush();
  }

  /** Notes changes, O(changes), before any other call. */
  note(view: View, changes: Changes, origin: Origin): void {
    const first = this.#view === undefined;
    this.#view = view;
    const now = this.#clock.now();
    for (const [type, state] of this.#states) {
      if (first) this.#compareAll(type, state, view);
      for (const [name, before] of changes.get(type) ?? []) {
        if (!first) state.acked.moved(name, before, now);
        state.rejected.moved(name);
        if (state.subscription.wants(name)) state.due.add(name);
      }
      state.noteOrigin(origin, changes.has(type));
    }
    this.#tables.published(changes.get(typeUrl.route) ?? new Map());
  }

  /** Sends what may be sent now; nothing until there is a view. */
  flush(): void {
    if (this.#view !== undefined) this.#delivery.flush(this.#view);
  }

  flushEndpoints(): void {
    if (this.#view !== undefined) this.#delivery.flushEndpoints(this.#view);
  }

  /** Takes a message of the client. A nonce pairs an ACK or NACK with its response and gates nothing else. */
  receive(request: DeltaRequest): void {
    if (!isTypeUrl(request.typeUrl)) return;
    const type = request.typeUrl;
    let state = this.#states.get(type);
    const begins = state === undefined;
    if (state === undefined) {
      const isPossible =
        type === typeUrl.virtualHost ? (host: string): boolean => this.#tables.has(host) : undefined;
      state = new TypeState(type, (name) => this.#view?.published(type, name), isPossible);
      this.#states.set(type, state);
      if (request.initialVersions.size > 0) this.#hooks.onVersions(type, request.initialVersions);
    }
    if (state.inFlight !== undefined && request.nonce === state.inFlight.nonce) {
      this.#answered(type, state, state.inFlight, request.error);
    }
    const change = this.#subscribe(state, request, type);
    if (type === typeUrl.route) this.#noteTables(request, change);
    if (begins) this.#started(type);
    this.flush();
  }

  /** Weight of names beyond twice those of the Gateway: once as subscribed, once as differing. O(types). */
  get unknownNames(): number {
    let unknown = 0;
    for (const [type, { subscription, acked }] of this.#states) {
      const known = this.#view?.mostNames(type) ?? 0;
      unknown += Math.max(0, subscription.names.weight + acked.weight - 2 * known);
    }
    return unknown;
  }

  get served(): boolean {
    return this.#view !== undefined;
  }

  types(): ProxyTypeState[] {
    return typeUrls.flatMap((type) => {
      const state = this.#states.get(type);
      return state === undefined ? [] : [this.#delivery.describe(type, state)];
    });
  }

  /** When the oldest change was made that the client has not ACKed; undefined: there is none. */
  get oldest(): number | undefined {
    let oldest: number | undefined;
    for (const state of this.#states.values()) {
      const of = state.oldest;
      if (of !== undefined) oldest = Math.min(oldest ?? of, of);
    }
    return oldest;
  }

  addTo(totals: ReadonlyMap<TypeUrl, TypeTotals>): void {
    for (const [type, state] of this.#states) {
      const total = totals.get(type);
      if (total === undefined) continue;
      if (state.acked.size > 0) total.behind++;
      total.rejected += state.rejected.size;
      const { oldest } = state;
      if (oldest !== undefined) total.oldest = Math.min(total.oldest ?? oldest, oldest);
    }
  }

  close(): void {
    const at = this.#clock.now();
    for (const [type, { inFlight }] of this.#states)
      if (inFlight !== undefined) this.#hooks.onAnswer(type, { ...inFlight, kind: 'none', at });
    this.#delivery.close();
  }

  /** Compares the versions that the client had before there was a view. */
  #compareAll(type: TypeUrl, state: TypeState, view: View): void {
    const now = this.#clock.now();
    const said = new Map(state.acked.differences());
    for (const [name, { version }] of said) state.acked.set(name, version, now);
    for (const name of view.names(type)) {
      if (!state.subscription.wants(name)) continue;
      if (!said.has(name)) state.acked.set(name, undefined, now);
      state.due.add(name);
    }
    for (const name of said.keys()) state.due.add(name);
  }

  #noteTables({ initialVersions }: DeltaRequest, { asked, removed }: SubscriptionChange): void {
    this.#tables.left(new Set(removed), this.#view);
    this.#tables.absent(new Set(asked.filter((name) => !initialVersions.has(name))));
    for (const name of asked) if (initialVersions.has(name)) this.#tables.restored(name);
  }

  #started(type: TypeUrl): void {
    if (type === typeUrl.route) this.#tables.routesKnown(this.#view, this.#clock.now());
    if (type === typeUrl.virtualHost) this.#tables.started(this.#view, this.#clock.now());
    this.#delivery.started(type);
  }

  #subscribe(state: TypeState, request: DeltaRequest, type: TypeUrl): SubscriptionChange {
    const { initialVersions } = request;
    const now = this.#clock.now();
    // Shares the view's strings: thousands of proxies ask for the same names.
    const asked = request.subscribe.map((name) => this.#view?.nameOf(type, name) ?? name);
    const change = state.subscription.update(asked, request.unsubscribe);
    for (const name of change.removed) state.forget(name);
    if (change.endsWildcard || change.removed.some(isCollection)) state.acked.forgetUncovered();
    for (const name of change.added) state.acked.set(name, initialVersions.get(name), now);
    // A name that is asked for has to be sent again, as the client may have dropped it, except at a current version
    // that the same message names.
    for (const name of this.#inCollections(type, change.asked)) {
      if (initialVersions.has(name)) state.due.add(name);
      else {
        state.acked.set(name, undefined, now);
        state.force(name);
      }
    }
    for (const name of change.left) state.force(name);
    if (change.all) {
      // Includes removed names that are not published as removed: the client does not have those either.
      for (const name of new Set([...(this.#view?.namesAndLost(type) ?? []), ...initialVersions.keys()])) {
        if (!state.subscription.names.has(name)) state.acked.set(name, initialVersions.get(name), now);
        state.due.add(name);
      }
      state.answerDue = true;
    }
    return change;
  }

  /** Replaces each collection by what is in it. Envoy names no versions of a collection when it reconnects. */
  #inCollections(type: TypeUrl, asked: readonly string[]): readonly string[] {
    const collections = new Set(asked.filter(isCollection));
    if (collections.size === 0) return asked;
    const members = Iterator.from(this.#view?.names(type) ?? []).filter((name) =>
      collections.has(collectionOf(name)),
    );
    return [...asked.filter((name) => !collections.has(name)), ...members];
  }

  #answered(type: TypeUrl, state: TypeState, response: InFlight, error: string | undefined): void {
    state.inFlight = undefined;
    const now = this.#clock.now();
    if (error === undefined) {
      for (const [name, version] of response.versions) {
        state.rejected.delete(name);
        if (version === undefined) state.said.delete(name);
        if (state.subscription.wants(name)) state.acked.set(name, version, now);
        // Envoy has ACKed a host of a RouteConfiguration that it has left since.
        if (type === typeUrl.virtualHost && !this.#tables.mayBeUsed(name)) state.due.add(name);
      }
      this.#delivery.acknowledged(type, response);
      this.#hooks.onAnswer(type, { ...response, kind: 'ack', at: now });
      this.#hooks.onVersions(type, response.versions);
      return;
    }
    if (type === typeUrl.route)
      this.#tables.absent(new Set([...response.versions.keys()].filter((name) => !state.acked.has(name))));
    state.noteRejected(response.versions, error, now);
    this.#hooks.onAnswer(type, { ...response, kind: 'nack', at: now });
    this.#hooks.onNack(type, response.versions, error);
  }
}
