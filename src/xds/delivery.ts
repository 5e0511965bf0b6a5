import type { Clock } from '../lib/clock.ts';
import { emptyAssignment } from './empty-assignment.ts';
import { PublishGate, type GateOptions, type UsesSnapshot } from './publish-gate.ts';
import { DeltaMessage } from './response.ts';
import { describeType } from './describe-type.ts';
import type { ProxyTypeState } from './proxy-state.ts';
import type { Contents, InFlight, Removal, TypeState, Wanted } from './type-state.ts';
import {
  rulesOf,
  typesThat,
  typesThatUse,
  typesUsedBy,
  typeUrl,
  type TypeUrl,
} from '../publish/type-table.ts';
import type { View } from '../publish/view.ts';
import type { ViewResource } from '../publish/view-resource.ts';

export interface DeliveryOptions extends GateOptions {
  readonly maxResources: number;
  readonly maxBytes: number;
  readonly controlPlane: string;
}

export interface DeliveryHooks {
  /** Writes one message to the client. */
  write(message: DeltaMessage): void;
  onSent(type: TypeUrl, contents: Contents, bytes: number): void;
  /** Something may have to be sent that cannot be while a commit is under way: flush again when it is done. */
  onHeldBack(): void;
  /** A hold reached its deadline. */
  onOverdue(reason: string): void;
}

/**
 * What goes to one client, and in which order: what is used before its users, what is used no more behind them.
 *
 * Order: https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#eventual-consistency-considerations
 */
export class Delivery {
  readonly #states: ReadonlyMap<TypeUrl, TypeState>;
  readonly #options: DeliveryOptions;
  readonly #hooks: DeliveryHooks;
  readonly #clock: Clock;
  readonly #gate: PublishGate;
  /** By type that the client has not asked for yet: names in resources that it was sent. */
  readonly #early = new Map<TypeUrl, Set<string>>();
  #view: View | undefined;
  readonly #openedAt: number;
  #nonce = 0;
  #cancelRecheck: (() => void) | undefined;
  #closed = false;

  /** `states` is the stream's own. */
  constructor(
    states: ReadonlyMap<TypeUrl, TypeState>,
    options: DeliveryOptions,
    clock: Clock,
    hooks: DeliveryHooks,
  ) {
    this.#states = states;
    this.#options = options;
    this.#clock = clock;
    this.#hooks = hooks;
    this.#gate = new PublishGate(options);
    this.#openedAt = clock.now();
  }

  acknowledged(type: TypeUrl, { complete, epoch }: InFlight): void {
    const { turn } = rulesOf(type);
    if (turn === 'first' && complete) this.#gate.clustersAre(epoch, this.#clock.now());
    if (turn === 'second' && complete) this.#gate.pluginsAre(epoch);
  }

  /** What the client has of a type, for people to read. */
  describe(type: TypeUrl, state: TypeState): ProxyTypeState {
    return describeType(type, state, {
      view: this.#view,
      gate: this.#gate,
      goesWithUser: !this.#tellsRemoval(type),
      now: this.#clock.now(),
    });
  }

  /**
   * The client has asked for the type for the first time. What it says to have of it is no reason to spare it what a
   * cluster or listener names that it has just been sent: it may be waiting for that.
   */
  begun(type: TypeUrl): void {
    for (const name of this.#early.get(type) ?? []) this.#force(type, name);
    this.#early.delete(type);
  }

  close(): void {
    this.#closed = true;
    this.#cancelRecheck?.();
  }

  /** Sends what may be sent: what is used before its users, removals last. */
  flush(view: View): void {
    this.#view = view;
    if (this.#closed) return;
    this.#noteRefusals(view);
    // Half of a wave must not be seen. An endpoint belongs to no wave.
    if (!view.committing) {
      for (const type of firstTypes) this.#send(type, view, view.epoch, wantedOf(type, view));
    }
    this.flushEndpoints(view);
    if (view.committing) {
      this.#hooks.onHeldBack();
      return;
    }
    this.#flushPlugins(view);
    this.#flushUses(view);
    for (const type of lastTypes) this.#send(type, view, view.epoch, wantedOf(type, view));
    this.#recheck(view);
  }

  /** Endpoints alone; `flush` has to follow. */
  flushEndpoints(view: View): void {
    if (this.#closed) return;
    const wanted = {
      ...wantedOf(typeUrl.endpoint, view),
      get: (name: string) => this.#endpointsOf(name, view),
    };
    this.#send(typeUrl.endpoint, view, view.epoch, wanted);
  }

  /**
   * What was not used any more by routes that the client refuses is used by those that it keeps: whether it is removed is
   * for the next ones to say, those of this publication included.
   */
  #noteRefusals(view: View): void {
    const isRefused =
      view.refusesUses ||
      useTypes.some((type) => this.#states.get(type)?.refuses((name) => view.get(type, name)) === true);
    if (this.#gate.usesRefused && !isRefused) {
      const now = this.#clock.now();
      for (const { removals } of this.#states.values()) {
        for (const name of removals.keys())
          removals.set(name, { epoch: view.epoch, notedAt: now, unusedAt: undefined });
      }
    }
    this.#gate.usesRefused = isRefused;
  }

  #endpointsOf(name: string, view: View): ViewResource | undefined {
    const assignment = view.get(typeUrl.endpoint, name);
    if (assignment !== undefined || this.#states.get(typeUrl.endpoint)?.held.has(name) === true) {
      return assignment;
    }
    return this.#isAwaited(name, view) ? emptyAssignment(name) : undefined;
  }

  /** Whether the client was sent a cluster that names the endpoints, or may: of one that the view has lost it is not known. */
  #isAwaited(endpoints: string, view: View): boolean {
    return typesThatUse(typeUrl.endpoint).some((type) => {
      const sent = this.#states.get(type);
      if (sent === undefined) return false;
      const users = view.usersOf(type, typeUrl.endpoint, endpoints);
      return users.some((user) => sent.mayHave(user)) || sent.hasLost((user) => view.get(type, user));
    });
  }

  /** Plugins use clusters too, and go when these are there; routes use plugins. */
  #flushPlugins(view: View): void {
    const now = this.#clock.now();
    const plugins = this.#states.get(typeUrl.extension);
    if (this.#pluginsWaitFor(now) > 0) return;
    this.#send(typeUrl.extension, view, view.epoch, wantedOf(typeUrl.extension, view));
    if (plugins?.settled ?? this.#pluginsUnknownFor(view, now) === 0) this.#gate.pluginsAre(view.epoch);
  }

  /** Milliseconds for which plugins wait for clusters that have not been ACKed. */
  #pluginsWaitFor(now: number): number {
    const plugins = this.#states.get(typeUrl.extension);
    const isReady = this.#states.get(typeUrl.cluster)?.settled ?? true;
    if (isReady || plugins === undefined || plugins.due.size === 0) return 0;
    return Math.max(0, (plugins.dueSince ?? now) + this.#options.holdMs - now);
  }

  /** Milliseconds for which a client that has listeners may still ask for its plugins; see {@link #usesUnknownFor}. */
  #pluginsUnknownFor(view: View, now: number): number {
    const until = this.#openedAt + this.#options.holdMs;
    if (now >= until || Iterator.from(view.names(typeUrl.extension)).next().done === true) return 0;
    const listeners = this.#states.get(typeUrl.listener);
    if (listeners === undefined) return until - now;
    const hasListeners = Iterator.from(view.names(typeUrl.listener)).some((name) => listeners.held.has(name));
    return hasListeners ? until - now : 0;
  }

  #flushUses(view: View): void {
    const now = this.#clock.now();
    const clusters = this.#states.get(typeUrl.cluster);
    // A client asks for clusters in its own time, maybe last: until it does, it has none that are known of.
    if (clusters?.settled === true) this.#gate.clustersAre(view.epoch, now);
    const verdict = this.#gate.uses(view.epoch, now);
    switch (verdict.kind) {
      case 'now':
        this.#gate.letGo();
        this.#sendUses(view, view.epoch, (type) => wantedOf(type, view));
        break;
      case 'held':
        this.#sendHeld(view, verdict.overdue);
        break;
      case 'wait':
        this.#hold(view, now);
        break;
    }
    // Of a client that has yet to say what it has, it is not known what that names.
    if (this.#usesUnknownFor(now) > 0) return;
    const settled = useTypes.every((type) => this.#states.get(type)?.settled !== false);
    if (settled && this.#gate.held === undefined && this.#gate.hasPlugins(view.epoch))
      this.#gate.usesAre(view.epoch);
    else if (useTypes.every((type) => this.#states.get(type)?.inFlight === undefined))
      this.#gate.usesAnswered();
  }

  /**
   * Milliseconds for which the client may still ask for listeners or routes that it has from a stream before this one. It
   * asks for its types one by one, in any order; one that it has not asked for by then it does not use.
   */
  #usesUnknownFor(now: number): number {
    if (useTypes.every((type) => this.#states.has(type))) return 0;
    return Math.max(0, this.#openedAt + this.#options.holdMs - now);
  }

  #sendUses(view: View, epoch: number, wanted: (type: TypeUrl) => Wanted): void {
    const whole = useTypes.map((type) => this.#send(type, view, epoch, wanted(type)));
    if (whole.every(Boolean) && this.#usesUnknownFor(this.#clock.now()) === 0) this.#gate.usesSent(epoch);
  }

  /** Sends listeners and routes as they were held; names with something newer stay due for the next time. */
  #sendHeld(view: View, overdue: boolean): void {
    const held = this.#gate.held;
    if (held === undefined || useTypes.some((type) => this.#states.get(type)?.inFlight !== undefined)) return;
    this.#gate.letGo();
    if (overdue) this.#hooks.onOverdue('clusters not acknowledged');
    const newer: [TypeState, string][] = [];
    const retries: [TypeState, (readonly string[])[]][] = [];
    for (const type of useTypes) {
      const state = this.#states.get(type);
      const then = held.resources.get(type);
      if (state === undefined || then === undefined) continue;
      // What was refused since is not among what was held.
      retries.push([state, state.retries.splice(0)]);
      for (const name of state.due) {
        if (then.has(name) && then.get(name)?.version === view.get(type, name)?.version) continue;
        newer.push([state, name]);
        if (!then.has(name)) state.due.delete(name);
      }
    }
    const again: [TypeState, string][] = [];
    this.#sendUses(view, held.epoch, (type) => this.#asHeld(type, held, view, again));
    for (const [state, name] of [...newer, ...again]) state.due.add(name);
    for (const [state, parts] of retries) state.retries.push(...parts);
  }

  /**
   * What was due when the hold began, as it was then. What has to go again behind it goes if it is as the client has it;
   * otherwise it is left for the newer ones, `again`.
   */
  #asHeld(type: TypeUrl, { resources }: UsesSnapshot, view: View, again: [TypeState, string][]): Wanted {
    const then = resources.get(type);
    const state = this.#states.get(type);
    return {
      get(name) {
        if (then?.has(name) === true) return then.get(name);
        const resource = view.get(type, name);
        if (resource !== undefined && resource.version === state?.held.get(name)) return resource;
        if (resource !== undefined && state !== undefined) again.push([state, name]);
        return undefined;
      },
      withholds: (name) => then?.has(name) !== true || view.withholds(type, name),
    };
  }

  #hold(view: View, now: number): void {
    if (this.#gate.held !== undefined) return;
    const resources = new Map<string, Map<string, ViewResource | undefined>>();
    for (const type of useTypes) {
      const due = this.#states.get(type)?.due ?? [];
      resources.set(type, new Map([...due].map((name) => [name, view.get(type, name)])));
    }
    if ([...resources.values()].every((names) => names.size === 0)) return;
    this.#gate.hold({ epoch: view.epoch, heldAt: now, resources });
  }

  /**
   * A cluster that is gone before it could be sent is in no response, so none says that the client has it: routes that
   * are held and may name it give way to those without it, which wait no longer for that.
   */
  #holdAnew(view: View): void {
    const { held, heldUntil } = this.#gate;
    if (held === undefined || heldUntil === undefined) return;
    this.#gate.letGo();
    this.#hold(view, held.heldAt);
  }

  /** Returns false when something of this type is still to be sent. */
  #send(type: TypeUrl, view: View, epoch: number, wanted: Wanted): boolean {
    const state = this.#states.get(type);
    if (state === undefined) return true;
    if (state.inFlight !== undefined) return state.due.size === 0;
    const time = this.#clock.now();
    const contents = state.take(
      wanted,
      (removal) => this.#mayRemove(type, removal, time),
      { epoch: view.epoch, time },
      this.#options,
    );
    if (contents.skipped && rulesOf(type).turn === 'first') this.#holdAnew(view);
    const { dueSince } = state;
    if (contents.complete) state.dueSince = undefined;
    if (contents.resources.length === 0 && contents.removed.length === 0 && !state.answerDue)
      return contents.complete;
    state.answerDue = false;
    const nonce = String(++this.#nonce);
    const versions = new Map<string, string | undefined>(contents.removed.map((name) => [name, undefined]));
    for (const resource of contents.resources) versions.set(resource.name, resource.version);
    state.inFlight = {
      nonce,
      sentAt: time,
      since: dueSince ?? time,
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
    this.#forceDependents(type, contents);
    return contents.complete;
  }

  /**
   * A cluster or listener that is sent again asks for nothing by itself where Envoy already watches the name, and would
   * wait for it until a timeout (envoyproxy/envoy#13009, #47302). So what it names is sent behind it.
   */
  #forceDependents(type: TypeUrl, contents: Contents): void {
    if (typesUsedBy(type).length === 0) return;
    for (const resource of contents.resources)
      for (const named of resource.names) this.#force(named.typeUrl as TypeUrl, named.name);
  }

  /** What a resource names as it was sent, which may be an older one than the view has. */
  #force(type: TypeUrl, name: string): void {
    const state = this.#states.get(type);
    if (state === undefined) this.#early.set(type, (this.#early.get(type) ?? new Set()).add(name));
    else if (state.subscription.wants(name)) state.force(name);
  }

  #mayRemove(type: TypeUrl, removal: Removal, now: number): boolean {
    if (rulesOf(type).removal === 'at-once') return true;
    return this.#tellsRemoval(type) && this.#gate.mayRemove(removal, now);
  }

  /** A client that has clusters lets go of a cluster's endpoints with the cluster; told before, it would empty it. */
  #tellsRemoval(type: TypeUrl): boolean {
    return (
      rulesOf(type).removal !== 'with-user' || !typesThatUse(type).some((user) => this.#states.has(user))
    );
  }

  #recheck(view: View): void {
    this.#cancelRecheck?.();
    const removals = [...this.#states].flatMap(([type, state]) =>
      this.#tellsRemoval(type) ? [...state.removals.values()] : [],
    );
    const now = this.#clock.now();
    const unknownFor = removals.length > 0 ? this.#usesUnknownFor(now) : 0;
    const gate = unknownFor > 0 ? unknownFor : this.#gate.recheckAfter(removals, now);
    const plugins = this.#pluginsWaitFor(now);
    const after = plugins > 0 ? Math.min(plugins, gate ?? plugins) : gate;
    this.#cancelRecheck =
      after === undefined
        ? undefined
        : this.#clock.after(Math.max(after, minRecheckMs), () => this.flush(this.#view ?? view));
  }
}

/** What is due may still have to wait for an ACK, which flushes by itself: a short pause keeps this from spinning. */
const minRecheckMs = 10;

const firstTypes = typesThat(({ turn }) => turn === 'first');
const useTypes = typesThat(({ turn }) => turn === 'gated');
const lastTypes = typesThat(({ turn }) => turn === 'last');

function wantedOf(type: TypeUrl, view: View): Wanted {
  return { get: (name) => view.get(type, name), withholds: (name) => view.withholds(type, name) };
}
