import type { Clock } from '../lib/clock.ts';
import type { DeltaRequest } from './delta-request.ts';
import { emptyAssignment } from './empty-assignment.ts';
import { PublishGate, type GateOptions } from './publish-gate.ts';
import { DeltaMessage } from './response.ts';
import { TypeState, type Contents, type InFlight, type Removal } from './type-state.ts';
import { isTypeUrl, typeUrl, type TypeUrl } from './type-url.ts';
import type { Changes, View } from './view.ts';
import type { ViewResource } from './view-resource.ts';

export interface StreamOptions extends GateOptions {
  readonly maxResources: number;
  readonly maxBytes: number;
  readonly controlPlane: string;
}

export interface StreamHooks {
  /** Writes one message to the client. */
  write(message: DeltaMessage): void;
  onSent(type: TypeUrl, contents: Contents, bytes: number): void;
  /** `ackMs` since the response was sent, `totalMs` since the oldest change in it reached Sluice. */
  onAck(type: TypeUrl, ackMs: number, totalMs: number): void;
  /** The client refused these; `alone` says that this one resource is the reason. */
  onNack(type: TypeUrl, names: readonly string[], alone: boolean, message: string): void;
  /** A hold reached its deadline. */
  onOverdue(reason: string): void;
}

/**
 * The server's side of one delta ADS stream.
 *
 * At most one response per type is without an answer; what changes meanwhile joins a set of names and goes with the
 * next. So a slow client costs memory for one diff and nobody else anything.
 *
 * Protocol: https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#incremental-xds
 */
export class DeltaStream {
  readonly #states = new Map<TypeUrl, TypeState>();
  readonly #options: StreamOptions;
  readonly #hooks: StreamHooks;
  readonly #clock: Clock;
  readonly #gate: PublishGate;
  #view: View | undefined;
  #nonce = 0;
  #cancelRecheck: (() => void) | undefined;
  #closed = false;

  constructor(options: StreamOptions, clock: Clock, hooks: StreamHooks) {
    this.#options = options;
    this.#clock = clock;
    this.#hooks = hooks;
    this.#gate = new PublishGate(options);
  }

  /** Whether the client has ACKed this version of the resource. */
  has(type: TypeUrl, resource: ViewResource): boolean {
    return this.#states.get(type)?.acked.get(resource.name) === resource.version;
  }

  /**
   * The view is new, or some of its names are. `since` is when the oldest of these changes reached Sluice. Until there is
   * a view the stream stays silent.
   */
  publish(view: View, changes: Changes, since: number): void {
    const first = this.#view === undefined;
    this.#view = view;
    for (const [type, state] of this.#states) {
      const names = first ? [...view.names(type), ...state.acked.keys()] : (changes.get(type) ?? []);
      for (const name of names)
        if (state.subscription.wants(name) || state.acked.has(name)) state.due.add(name);
      if (state.due.size > 0) state.dueSince ??= since;
    }
    this.#flush();
  }

  /** A message of the client. A nonce pairs an ACK or NACK with its response and gates nothing else. */
  receive(request: DeltaRequest): void {
    if (!isTypeUrl(request.typeUrl)) return;
    const type = request.typeUrl;
    let state = this.#states.get(type);
    if (state === undefined) {
      state = new TypeState(type);
      this.#states.set(type, state);
      for (const [name, version] of request.initialVersions) state.acked.set(name, version);
    }
    if (state.inFlight !== undefined && request.nonce === state.inFlight.nonce) {
      this.#answered(type, state, state.inFlight, request.error);
    }
    this.#subscribe(state, request, type);
    this.#flush();
  }

  close(): void {
    this.#closed = true;
    this.#cancelRecheck?.();
  }

  #subscribe(state: TypeState, request: DeltaRequest, type: TypeUrl): void {
    const change = state.subscription.update(request.subscribe, request.unsubscribe);
    for (const name of change.gone) state.forget(name);
    // A name that is asked for has to be sent, even one that was sent before: the client may have dropped it. The
    // exception is one whose current version it says, in the same message, to have.
    for (const name of change.asked) {
      if (request.initialVersions.has(name)) state.due.add(name);
      else state.force(name);
    }
    for (const name of change.left) state.force(name);
    if (change.all) {
      for (const name of this.#view?.names(type) ?? []) state.due.add(name);
      for (const name of state.acked.keys()) state.due.add(name);
      state.answerDue = true;
    }
  }

  #answered(type: TypeUrl, state: TypeState, response: InFlight, error: string | undefined): void {
    state.inFlight = undefined;
    const now = this.#clock.now();
    if (error === undefined) {
      for (const [name, version] of response.versions) {
        state.rejected.delete(name);
        if (version === undefined) state.acked.delete(name);
        else state.acked.set(name, version);
      }
      this.#hooks.onAck(type, now - response.sentAt, now - response.since);
      if (type === typeUrl.cluster && response.complete) this.#gate.clustersAre(response.epoch, now);
      return;
    }
    // Envoy says which name it refused only in prose, and may have taken others of the same response: each half goes
    // again by itself, until the refused one stands alone.
    const names = [...response.versions.keys()];
    this.#hooks.onNack(type, names, names.length === 1, error);
    if (names.length === 1) {
      for (const [name, version] of response.versions)
        if (version !== undefined) state.rejected.set(name, version);
      return;
    }
    const half = Math.ceil(names.length / 2);
    for (const part of [names.slice(0, half), names.slice(half)]) state.retries.push(part);
    for (const name of names) state.forced.add(name);
  }

  /** Sends what may be sent: what is used before its users, removals last. */
  #flush(): void {
    const view = this.#view;
    if (view === undefined || this.#closed) return;
    this.#gate.usesRefused = useTypes.some(
      (type) => this.#states.get(type)?.refuses((name) => view.get(type, name)) === true,
    );
    // Half of a wave must not be seen. An endpoint belongs to no wave.
    if (!view.committing) {
      this.#send(typeUrl.cluster, view, view.epoch, (name) => view.get(typeUrl.cluster, name));
    }
    this.#send(typeUrl.endpoint, view, view.epoch, (name) => this.#endpointsOf(name, view));
    if (view.committing) return;
    this.#flushUses(view);
    this.#send(typeUrl.secret, view, view.epoch, (name) => view.get(typeUrl.secret, name));
    this.#recheck();
  }

  /** The name of a ClusterLoadAssignment is its cluster's. */
  #endpointsOf(cluster: string, view: View): ViewResource | undefined {
    const assignment = view.get(typeUrl.endpoint, cluster);
    if (assignment !== undefined || this.#states.get(typeUrl.endpoint)?.acked.has(cluster) === true) {
      return assignment;
    }
    const sent = this.#states.get(typeUrl.cluster);
    const waits = sent?.acked.has(cluster) === true || sent?.inFlight?.versions.get(cluster) !== undefined;
    return waits ? emptyAssignment(cluster) : undefined;
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
        this.#sendUses(view, view.epoch, (type, name) => view.get(type, name));
        break;
      case 'held':
        this.#sendHeld(view, verdict.overdue);
        break;
      case 'wait':
        this.#hold(view, now);
        break;
    }
    const settled = useTypes.every((type) => this.#states.get(type)?.settled !== false);
    if (settled && this.#gate.held === undefined) this.#gate.usesAre(view.epoch);
    else if (useTypes.every((type) => this.#states.get(type)?.inFlight === undefined))
      this.#gate.usesAnswered();
  }

  #sendUses(view: View, epoch: number, get: (type: TypeUrl, name: string) => ViewResource | undefined): void {
    const whole = useTypes.map((type) => this.#send(type, view, epoch, (name) => get(type, name)));
    if (whole.every(Boolean)) this.#gate.usesSent(epoch);
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
    this.#sendUses(view, held.epoch, (type, name) => held.resources.get(type)?.get(name));
    for (const [state, name] of newer) state.due.add(name);
    for (const [state, parts] of retries) state.retries.push(...parts);
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

  /** Returns false when something of this type is still to be sent. */
  #send(
    type: TypeUrl,
    view: View,
    epoch: number,
    lookup: (name: string) => ViewResource | undefined,
  ): boolean {
    const state = this.#states.get(type);
    if (state === undefined) return true;
    if (state.inFlight !== undefined) return state.due.size === 0;
    const time = this.#clock.now();
    const contents = state.take(
      lookup,
      (removal) => this.#mayRemove(type, removal, time),
      { epoch: view.epoch, time },
      this.#options,
    );
    if (contents.resources.length === 0 && contents.removed.length === 0 && !state.answerDue)
      return contents.complete;
    state.answerDue = false;
    const nonce = String(++this.#nonce);
    const versions = new Map<string, string | undefined>(contents.removed.map((name) => [name, undefined]));
    for (const resource of contents.resources) versions.set(resource.name, resource.version);
    state.inFlight = {
      nonce,
      sentAt: time,
      since: state.dueSince ?? time,
      versions,
      epoch,
      complete: contents.complete,
    };
    if (contents.complete) state.dueSince = undefined;
    const message = new DeltaMessage({
      typeUrl: type,
      nonce,
      ...contents,
      controlPlane: this.#options.controlPlane,
    });
    this.#hooks.write(message);
    this.#hooks.onSent(type, contents, message.byteLength);
    this.#forceDependents(type, view, contents);
    return contents.complete;
  }

  /**
   * A cluster or listener that is sent again asks for nothing by itself where Envoy already watches the name, and would
   * wait for it until a timeout (envoyproxy/envoy#13009, #47302). So what it names is sent behind it.
   */
  #forceDependents(type: TypeUrl, view: View, contents: Contents): void {
    if (type === typeUrl.cluster) {
      const endpoints = this.#states.get(typeUrl.endpoint);
      for (const { name } of contents.resources)
        if (endpoints?.subscription.wants(name) === true) endpoints.force(name);
    }
    if (type === typeUrl.listener) {
      const secrets = this.#states.get(typeUrl.secret);
      const routes = this.#states.get(typeUrl.route);
      for (const { name } of contents.resources) {
        for (const secret of view.secretsOf(name)) {
          if (secrets?.subscription.wants(secret) === true) secrets.force(secret);
        }
        for (const route of routes?.subscription.names ?? []) {
          if (route === name || route.startsWith(`${name}/`)) routes?.force(route);
        }
      }
    }
  }

  #mayRemove(type: TypeUrl, removal: Removal, now: number): boolean {
    // A listener is itself what uses things: it goes at once.
    if (type === typeUrl.listener) return true;
    return this.#tellsRemoval(type) && this.#gate.mayRemove(removal, now);
  }

  /** A client that has clusters lets go of a cluster's endpoints with the cluster; told before, it would empty it. */
  #tellsRemoval(type: TypeUrl): boolean {
    return type !== typeUrl.endpoint || !this.#states.has(typeUrl.cluster);
  }

  #recheck(): void {
    this.#cancelRecheck?.();
    const removals = [...this.#states].flatMap(([type, state]) =>
      this.#tellsRemoval(type) ? [...state.removals.values()] : [],
    );
    const after = this.#gate.recheckAfter(removals, this.#clock.now());
    this.#cancelRecheck =
      after === undefined ? undefined : this.#clock.after(Math.max(after, minRecheckMs), () => this.#flush());
  }
}

/** What is due may still have to wait for an ACK, which flushes by itself: a short pause keeps this from spinning. */
const minRecheckMs = 10;

const useTypes = [typeUrl.listener, typeUrl.route] as const;
