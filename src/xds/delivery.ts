import type { Clock } from '../lib/clock.ts';
import { arrivedAt } from '../lib/origin.ts';
import { rulesOf, typesThat, typesUsedBy, typeUrl, type TypeUrl } from '../publish/type-table.ts';
import type { View } from '../publish/view.ts';
import { endpointsOf } from './awaited-endpoints.ts';
import { describeType } from './describe-type.ts';
import type { ProxyTypeState } from './proxy-state.ts';
import type { HostTables } from './host-tables.ts';
import { InternalFirst } from './internal-first.ts';
import { PublishGate, type GateOptions } from './publish-gate.ts';
import { Removals } from './removals.ts';
import { DeltaMessage } from './response.ts';
import { wantedOf, type Contents, type InFlight, type TypeState, type Wanted } from './type-state.ts';
import { UseDelivery } from './use-delivery.ts';

export interface DeliveryOptions extends GateOptions {
  readonly maxResources: number;
  readonly maxBytes: number;
  readonly controlPlane: string;
}

export interface DeliveryHooks {
  write(message: DeltaMessage): void;
  onSent(type: TypeUrl, contents: Contents, bytes: number): void;
  /** Called when something has to wait until a commit is done: flush again then. */
  onPostponed(): void;
  onOverdue(reason: string): void;
}

/**
 * Sends one client its resources in order: used ones before their users, removals last.
 *
 * Order: https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#eventual-consistency-considerations
 */
export class Delivery {
  readonly #states: ReadonlyMap<TypeUrl, TypeState>;
  readonly #options: DeliveryOptions;
  readonly #hooks: DeliveryHooks;
  readonly #clock: Clock;
  readonly #gate: PublishGate;
  readonly #removals: Removals;
  readonly #internalFirst: InternalFirst;
  readonly #uses: UseDelivery;
  readonly #tables: HostTables;
  /** Names in resources that the client was sent, by types that it has not asked for yet. */
  readonly #early = new Map<TypeUrl, Set<string>>();
  #view: View | undefined;
  readonly #openedAt: number;
  #nonce = 0;
  #cancelRecheck: (() => void) | undefined;
  #closed = false;

  constructor(
    states: ReadonlyMap<TypeUrl, TypeState>,
    tables: HostTables,
    options: DeliveryOptions,
    clock: Clock,
    hooks: DeliveryHooks,
  ) {
    this.#states = states;
    this.#tables = tables;
    this.#options = options;
    this.#clock = clock;
    this.#hooks = hooks;
    this.#gate = new PublishGate(options);
    this.#openedAt = clock.now();
    this.#removals = new Removals(states, this.#gate);
    this.#internalFirst = new InternalFirst(states, options.holdMs);
    this.#uses = new UseDelivery(states, this.#gate, this.#internalFirst, {
      options,
      openedAt: this.#openedAt,
      now: () => clock.now(),
      send: (...use) => this.#send(...use),
      onOverdue: (reason) => hooks.onOverdue(reason),
    });
  }

  acknowledged(type: TypeUrl, { complete, epoch }: InFlight): void {
    const { turn } = rulesOf(type);
    if (turn === 'first' && complete) this.#gate.clustersAre(epoch, this.#clock.now());
    if (turn === 'second' && complete) this.#gate.pluginsAre(epoch);
  }

  describe(type: TypeUrl, state: TypeState): ProxyTypeState {
    return describeType(type, state, {
      view: this.#view,
      gate: this.#gate,
      removals: this.#removals,
      internalFirst: this.#internalFirst,
      goesWithUser: (name) =>
        !this.#removals.areSent(type) || (this.#view !== undefined && this.#view.clientKeeps(type, name)),
      now: this.#clock.now(),
    });
  }

  /** Called when the client first asks for a type: it may wait for names in resources that it was just sent. */
  started(type: TypeUrl): void {
    for (const name of this.#early.get(type) ?? []) this.#force(type, name);
    this.#early.delete(type);
  }

  close(): void {
    this.#closed = true;
    this.#cancelRecheck?.();
  }

  flush(view: View): void {
    this.#view = view;
    if (this.#closed) return;
    this.#removals.noteRejections(view, this.#clock.now());
    // Half of a wave must not be sent. Endpoints belong to no wave.
    if (!view.committing) {
      for (const type of firstTypes) this.#send(type, view, view.epoch, wantedOf(type, view));
    }
    this.flushEndpoints(view);
    if (view.committing) {
      this.#hooks.onPostponed();
      return;
    }
    this.#flushPlugins(view);
    this.#uses.flush(view);
    for (const type of lastTypes) this.#send(type, view, view.epoch, wantedOf(type, view));
    this.#recheck(view);
  }

  /** Sends endpoints alone; `flush` has to follow. */
  flushEndpoints(view: View): void {
    if (this.#closed) return;
    const wanted = {
      ...wantedOf(typeUrl.endpoint, view),
      get: (name: string) => endpointsOf(this.#states, name, view),
    };
    this.#send(typeUrl.endpoint, view, view.epoch, wanted);
  }

  /** Sends plugins when their clusters are there; routes use plugins. */
  #flushPlugins(view: View): void {
    const now = this.#clock.now();
    const plugins = this.#states.get(typeUrl.extension);
    if (this.#pluginsWaitFor(now) > 0) return;
    this.#send(typeUrl.extension, view, view.epoch, wantedOf(typeUrl.extension, view));
    if (plugins?.settled ?? this.#pluginsUnknownFor(view, now) === 0) this.#gate.pluginsAre(view.epoch);
  }

  #pluginsWaitFor(now: number): number {
    const plugins = this.#states.get(typeUrl.extension);
    const isReady = this.#states.get(typeUrl.cluster)?.settled ?? true;
    if (isReady || plugins === undefined || plugins.due.size === 0) return 0;
    return Math.max(0, (plugins.dueOrigin?.arrived ?? now) + this.#options.holdMs - now);
  }

  /** Returns the milliseconds for which the client may still ask for plugins; see {@link UseDelivery.unknownFor}. */
  #pluginsUnknownFor(view: View, now: number): number {
    const until = this.#openedAt + this.#options.holdMs;
    if (now >= until || Iterator.from(view.names(typeUrl.extension)).next().done === true) return 0;
    const listeners = this.#states.get(typeUrl.listener);
    if (listeners === undefined) return until - now;
    const hasListeners = Iterator.from(view.names(typeUrl.listener)).some((name) =>
      listeners.acked.has(name),
    );
    return hasListeners ? until - now : 0;
  }

  #unknownFor(view: View, now: number): number {
    const plugins = this.#states.has(typeUrl.extension) ? 0 : this.#pluginsUnknownFor(view, now);
    return Math.max(this.#uses.unknownFor(now), plugins);
  }

  #send(type: TypeUrl, view: View, epoch: number, wanted: Wanted, onlyInternal = false): boolean {
    const state = this.#states.get(type);
    if (state === undefined) return true;
    if (state.inFlight !== undefined) return state.due.size === 0;
    const time = this.#clock.now();
    const isUnused = type === typeUrl.virtualHost && !this.#internalFirst.othersChange;
    const contents = state.take(
      type === typeUrl.virtualHost ? this.#tables.wanted(wanted) : wanted,
      {
        onlyInternal,
        isUnused,
        removeAny: () => this.#removals.dueAt(type, time) <= time,
        remove: (name, removal) => this.#removals.mayRemove(type, name, removal, time),
      },
      { epoch: view.epoch, time },
      rulesOf(type).isUndivided === true ? undivided : this.#options,
    );
    if (contents.skipped && rulesOf(type).turn === 'first') this.#uses.holdAgain(view);
    const { dueOrigin, push } = state;
    if (contents.complete) {
      state.dueOrigin = undefined;
      state.isFirst = false;
    }
    if (contents.resources.length === 0 && contents.removed.length === 0 && !state.answerDue)
      return contents.complete;
    state.answerDue = false;
    const nonce = String(++this.#nonce);
    const versions = new Map<string, string | undefined>(contents.removed.map((name) => [name, undefined]));
    for (const resource of contents.resources) versions.set(resource.name, resource.version);
    state.inFlight = {
      nonce,
      sentAt: time,
      origin: dueOrigin ?? arrivedAt(time),
      push,
      versions,
      epoch,
      complete: contents.complete,
    };
    const message = new DeltaMessage({
      typeUrl: type,
      nonce,
      ...contents,
      controlPlane: this.#options.controlPlane,
    });
    this.#hooks.write(message);
    this.#hooks.onSent(type, contents, message.byteLength);
    this.#forceDependents(type, contents, view);
    return contents.complete;
  }

  /**
   * Sends what a resource names behind it: Envoy asks for no name that it watches already, and would wait for it
   * until a timeout (envoyproxy/envoy#13009, #47302).
   */
  #forceDependents(type: TypeUrl, contents: Contents, view: View): void {
    if (type === typeUrl.route)
      this.#tables.sent(new Set(contents.resources.map(({ name }) => name)), view, this.#clock.now());
    // Envoy watches the routes of a scope by that scope alone, and has no use for them when scopes come again.
    if (typesUsedBy(type).length === 0 || type === typeUrl.scope) return;
    for (const resource of contents.resources)
      for (const named of resource.names) this.#force(named.typeUrl as TypeUrl, named.name);
  }

  #force(type: TypeUrl, name: string): void {
    const state = this.#states.get(type);
    if (state === undefined) this.#early.set(type, (this.#early.get(type) ?? new Set()).add(name));
    else if (state.subscription.wants(name)) state.force(name);
  }

  /** Flushes again when the gate may answer otherwise by time alone; O(1) with nothing to wait for. */
  #recheck(view: View): void {
    const now = this.#clock.now();
    const unknownFor = this.#removals.wait ? this.#unknownFor(view, now) : 0;
    const gate = unknownFor > 0 ? unknownFor : this.#gate.recheckAfter(this.#removals.firstDueAt(now), now);
    const plugins = this.#pluginsWaitFor(now);
    const internal = this.#internalFirst.heldUntil;
    const after = Math.min(
      gate ?? Infinity,
      plugins > 0 ? plugins : Infinity,
      internal === undefined ? Infinity : internal - now,
    );
    this.#cancelRecheck?.();
    this.#cancelRecheck =
      after === Infinity
        ? undefined
        : this.#clock.after(Math.max(after, minRecheckMs), () => this.flush(this.#view ?? view));
  }
}

/** Keeps the recheck from spinning while a due removal waits for an ACK, which flushes by itself. */
const minRecheckMs = 10;

const undivided = { maxResources: Infinity, maxBytes: Infinity };

const firstTypes = typesThat(({ turn }) => turn === 'first');
const lastTypes = typesThat(({ turn }) => turn === 'last');
