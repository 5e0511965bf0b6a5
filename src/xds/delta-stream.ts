import type { Clock } from '../lib/clock.ts';
import { Delivery, type DeliveryHooks, type DeliveryOptions } from './delivery.ts';
import type { DeltaRequest } from './delta-request.ts';
import { TypeState, type InFlight } from './type-state.ts';
import type { ProxyTypeState, TypeTotals } from './proxy-state.ts';
import { isTypeUrl, typeUrls, type TypeUrl } from '../publish/type-table.ts';
import type { Changes } from '../publish/view-changes.ts';
import type { View } from '../publish/view.ts';

export type StreamOptions = DeliveryOptions;

/** Version by name; undefined: the client has it no more. */
export type Versions = ReadonlyMap<string, string | undefined>;

export interface StreamHooks extends DeliveryHooks {
  /** `ackMs` since the response was sent, `totalMs` since the oldest change in it reached Sluice. */
  onAck(type: TypeUrl, ackMs: number, totalMs: number): void;
  /** The client has these now: it has ACKed them, or says when it connects that it has them. */
  onVersions(type: TypeUrl, versions: Versions): void;
  /** The client rejected all of these. One that it rejected alone is the reason. */
  onNack(type: TypeUrl, versions: Versions, message: string): void;
}

/**
 * The server's side of one delta ADS stream: what the client asks for, ACKs and rejects. What is sent to it, and when, is
 * decided in its {@link Delivery}.
 *
 * At most one response per type is without an answer; what changes meanwhile joins a set of names and goes with the
 * next. So a slow client costs memory for one diff, and others nothing.
 *
 * Protocol: https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#incremental-xds
 */
export class DeltaStream {
  readonly #states = new Map<TypeUrl, TypeState>();
  readonly #hooks: StreamHooks;
  readonly #clock: Clock;
  readonly #delivery: Delivery;
  #view: View | undefined;

  constructor(options: StreamOptions, clock: Clock, hooks: StreamHooks) {
    this.#clock = clock;
    this.#hooks = hooks;
    this.#delivery = new Delivery(this.#states, options, clock, hooks);
  }

  /** True when the client has ACKed this version of the name. */
  hasVersion(type: TypeUrl, name: string, version: string): boolean {
    return this.#states.get(type)?.acked.get(name) === version;
  }

  /** True when the client has any version of the name. */
  hasAny(type: TypeUrl, name: string): boolean {
    return this.#states.get(type)?.acked.has(name) === true;
  }

  /** Nothing that was sent is without an answer. */
  get idle(): boolean {
    return this.#states.values().every((state) => state.inFlight === undefined);
  }

  /** The view is new, or some of its names are: `note` and `flush`. */
  publish(view: View, changes: Changes, since: number): void {
    this.note(view, changes, since);
    this.flush();
  }

  /**
   * Takes down what is different in the view from now on, O(changes), which has to be done before anything else is asked
   * of the stream. `since` is when the oldest of the changes reached Sluice.
   */
  note(view: View, changes: Changes, since: number): void {
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
      if (state.due.size > 0) state.dueSince ??= since;
    }
  }

  /** Sends what may be sent now. Until there is a view the stream stays silent. */
  flush(): void {
    if (this.#view !== undefined) this.#delivery.flush(this.#view);
  }

  /** Sends what may be sent of endpoints alone; `flush` has to follow. */
  flushEndpoints(): void {
    if (this.#view !== undefined) this.#delivery.flushEndpoints(this.#view);
  }

  /** A message of the client. A nonce pairs an ACK or NACK with its response and gates nothing else. */
  receive(request: DeltaRequest): void {
    if (!isTypeUrl(request.typeUrl)) return;
    const type = request.typeUrl;
    let state = this.#states.get(type);
    const begins = state === undefined;
    if (state === undefined) {
      state = new TypeState(type, (name) => this.#view?.published(type, name));
      this.#states.set(type, state);
      if (request.initialVersions.size > 0) this.#hooks.onVersions(type, request.initialVersions);
    }
    if (state.inFlight !== undefined && request.nonce === state.inFlight.nonce) {
      this.#answered(type, state, state.inFlight, request.error);
    }
    this.#subscribe(state, request, type);
    if (begins) this.#delivery.started(type);
    this.flush();
  }

  /**
   * Weight of the names that are kept for the client beyond twice those that its Gateway has, or has had since it is
   * served: once as it asks for them, once as it has not what they are. O(types).
   */
  get unknownNames(): number {
    let unknown = 0;
    for (const [type, { subscription, acked }] of this.#states) {
      const known = this.#view?.mostNames(type) ?? 0;
      unknown += Math.max(0, subscription.names.weight + acked.weight - 2 * known);
    }
    return unknown;
  }

  /** True when there is a view to serve. */
  get served(): boolean {
    return this.#view !== undefined;
  }

  /** Each type that the client has asked for, as it is now. */
  types(): ProxyTypeState[] {
    return typeUrls.flatMap((type) => {
      const state = this.#states.get(type);
      return state === undefined ? [] : [this.#delivery.describe(type, state)];
    });
  }

  /** Adds itself to the totals of its types. */
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
    this.#delivery.close();
  }

  /** Compares all that the client said to have before there was a view. */
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

  #subscribe(state: TypeState, request: DeltaRequest, type: TypeUrl): void {
    const { initialVersions } = request;
    const now = this.#clock.now();
    // The view's own strings, where it has the name: thousands of proxies ask for the same ones.
    const asked = request.subscribe.map((name) => this.#view?.nameOf(type, name) ?? name);
    const change = state.subscription.update(asked, request.unsubscribe);
    for (const name of change.removed) state.forget(name);
    if (change.endsWildcard) state.acked.forgetUncovered();
    for (const name of change.added) state.acked.set(name, initialVersions.get(name), now);
    // A name that is asked for has to be sent, even one that was sent before: the client may have dropped it. The
    // exception is one whose current version it says, in the same message, to have.
    for (const name of change.asked) {
      if (initialVersions.has(name)) state.due.add(name);
      else {
        state.acked.set(name, undefined, now);
        state.force(name);
      }
    }
    for (const name of change.left) state.force(name);
    if (change.all) {
      // A name that is gone and not published as gone is one that the client does not have either.
      for (const name of new Set([...(this.#view?.namesAndLost(type) ?? []), ...initialVersions.keys()])) {
        if (!state.subscription.names.has(name)) state.acked.set(name, initialVersions.get(name), now);
        state.due.add(name);
      }
      state.answerDue = true;
    }
  }

  #answered(type: TypeUrl, state: TypeState, response: InFlight, error: string | undefined): void {
    state.inFlight = undefined;
    const now = this.#clock.now();
    if (error === undefined) {
      for (const [name, version] of response.versions) {
        state.rejected.delete(name);
        if (state.subscription.wants(name)) state.acked.set(name, version, now);
      }
      this.#delivery.acknowledged(type, response);
      this.#hooks.onAck(type, now - response.sentAt, now - response.since);
      this.#hooks.onVersions(type, response.versions);
      return;
    }
    state.noteRejected(response.versions, error, now);
    this.#hooks.onNack(type, response.versions, error);
  }
}
