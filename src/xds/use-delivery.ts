import { typesThat, typeUrl, type TypeUrl } from '../publish/type-table.ts';
import type { View } from '../publish/view.ts';
import type { ViewResource } from '../publish/view-resource.ts';
import type { PublishGate, UsesSnapshot } from './publish-gate.ts';
import type { InternalFirst } from './internal-first.ts';
import { wantedOf, type TypeState, type Wanted } from './type-state.ts';

export interface UseStream {
  readonly options: { readonly holdMs: number };
  readonly openedAt: number;
  now(): number;
  send(type: TypeUrl, view: View, epoch: number, wanted: Wanted, onlyInternal: boolean): boolean;
  onOverdue(reason: string): void;
}

/** Sends listeners and routes when the client has what they use: as in the view, or as held. */
export class UseDelivery {
  readonly #states: ReadonlyMap<TypeUrl, TypeState>;
  readonly #gate: PublishGate;
  readonly #internalFirst: InternalFirst;
  readonly #stream: UseStream;

  constructor(
    states: ReadonlyMap<TypeUrl, TypeState>,
    gate: PublishGate,
    internalFirst: InternalFirst,
    stream: UseStream,
  ) {
    this.#states = states;
    this.#gate = gate;
    this.#internalFirst = internalFirst;
    this.#stream = stream;
  }

  flush(view: View): void {
    const now = this.#stream.now();
    const clusters = this.#states.get(typeUrl.cluster);
    // A client may ask for clusters last; until then it has none that are known.
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
    // A client that has not named its listeners and routes may have any.
    if (this.unknownFor(now) > 0) return;
    const settled = useTypes.every((type) => this.#states.get(type)?.settled !== false);
    if (settled && this.#gate.held === undefined && this.#gate.hasPlugins(view.epoch))
      this.#gate.usesAre(view.epoch);
    else if (useTypes.every((type) => this.#states.get(type)?.inFlight === undefined))
      this.#gate.usesAnswered();
  }

  /** Returns the milliseconds for which the client may ask for types of an earlier stream: it asks in any order. */
  unknownFor(now: number): number {
    if (useTypes.every((type) => this.#states.has(type))) return 0;
    return Math.max(0, this.#stream.openedAt + this.#stream.options.holdMs - now);
  }

  #sendUses(view: View, epoch: number, wanted: (type: TypeUrl) => Wanted): void {
    const now = this.#stream.now();
    const send = (type: TypeUrl, onlyInternal: boolean): boolean =>
      this.#stream.send(type, view, epoch, wanted(type), onlyInternal);
    if (this.#internalFirst.isOverdue(now)) this.#stream.onOverdue('internal listeners not acknowledged');
    else if (view.internalListeners.length > 0) {
      for (const type of useTypes) send(type, type !== typeUrl.listener);
      if (this.#internalFirst.holds(view, now)) return;
    }
    const whole = useTypes.map((type) => send(type, false));
    if (whole.every(Boolean) && this.unknownFor(now) === 0) this.#gate.usesSent(epoch);
  }

  #sendHeld(view: View, overdue: boolean): void {
    const held = this.#gate.held;
    if (held === undefined || useTypes.some((type) => this.#states.get(type)?.inFlight !== undefined)) return;
    this.#gate.letGo();
    if (overdue) this.#stream.onOverdue('clusters not acknowledged');
    const newer: [TypeState, string][] = [];
    const retries: [TypeState, (readonly string[])[]][] = [];
    for (const type of useTypes) {
      const state = this.#states.get(type);
      const then = held.resources.get(type);
      if (state === undefined || then === undefined) continue;
      // Versions that were rejected since are not among the held ones.
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

  /** Returns resources as of the hold's start. Forced names go if the client has that version, or else by `again`. */
  #asHeld(type: TypeUrl, { resources }: UsesSnapshot, view: View, again: [TypeState, string][]): Wanted {
    const then = resources.get(type);
    const state = this.#states.get(type);
    return {
      get(name) {
        if (then?.has(name) === true) return then.get(name);
        const resource = view.get(type, name);
        if (resource !== undefined && resource.version === state?.acked.get(name)) return resource;
        if (resource !== undefined && state !== undefined) again.push([state, name]);
        return undefined;
      },
      clientKeeps: (name) => then?.has(name) !== true || view.clientKeeps(type, name),
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

  /** Replaces held routes after a cluster was removed unsent: no ACK will come for it, and they may name it. */
  holdAgain(view: View): void {
    const { held, heldUntil } = this.#gate;
    if (held === undefined || heldUntil === undefined) return;
    this.#gate.letGo();
    this.#hold(view, held.heldAt);
  }
}

export const useTypes: readonly TypeUrl[] = typesThat(({ turn }) => turn === 'gated');
