import { isOfInternalListener } from '../units/internal-listener-name.ts';
import { removalOf, rulesOf, typesThatUse, typeUrl, type TypeUrl } from '../publish/type-table.ts';
import type { View } from '../publish/view.ts';
import type { BehindReason } from './proxy-state.ts';
import type { PublishGate } from './publish-gate.ts';
import type { Removal } from './pending-removals.ts';
import type { TypeState } from './type-state.ts';
import { useTypes } from './use-delivery.ts';

/**
 * Decides when removals are sent to a client. Behind a cluster that leads to an internal listener there are more routes
 * and clusters, so these go in turn: that cluster, its internal listener, and then the rest.
 */
export class Removals {
  readonly #states: ReadonlyMap<TypeUrl, TypeState>;
  readonly #gate: PublishGate;
  readonly #due = new Map<TypeUrl, Due>();

  constructor(states: ReadonlyMap<TypeUrl, TypeState>, gate: PublishGate) {
    this.#states = states;
    this.#gate = gate;
  }

  /** Restarts removals when a rejection ends: rejected routes leave old ones, which may use removed resources. O(1). */
  noteRejections(view: View, now: number): void {
    const isRejected =
      view.rejectsUses || useTypes.some((type) => (this.#states.get(type)?.rejected.size ?? 0) > 0);
    if (this.#gate.usesRejected && !isRejected) {
      for (const { removals } of this.#states.values()) {
        for (const name of removals.keys())
          removals.set(name, { epoch: view.epoch, notedAt: now, unusedAt: undefined });
      }
    }
    this.#gate.usesRejected = isRejected;
  }

  mayRemove(type: TypeUrl, name: string, removal: Removal, now: number): boolean {
    if (removalOf(type, name) === 'at-once') return true;
    return this.areSent(type) && this.#gate.mayRemove(removal, now) && !this.#isLedTo(type, name);
  }

  /** Returns the reason why a removal waits; undefined: it may go. */
  waitOf(type: TypeUrl, name: string, now: number): BehindReason | undefined {
    const removal = this.#states.get(type)?.removals.get(name);
    if (removal === undefined) return undefined;
    const wait = this.#gate.removalWait(removal, now);
    return wait ?? (this.#isLedTo(type, name) ? { kind: 'in-use', until: undefined } : undefined);
  }

  /** True while the client may have an internal listener, or the cluster of one, that leads to the resource. */
  #isLedTo(type: TypeUrl, name: string): boolean {
    if (!leads(type, name)) return waitsForListeners(type) && this.#isRemoving(typeUrl.listener);
    return type === typeUrl.listener && this.#isRemoving(typeUrl.cluster, name);
  }

  /** True while removals of a type, or of one name, are noted or not answered. */
  #isRemoving(type: TypeUrl, name?: string): boolean {
    const state = this.#states.get(type);
    if (state === undefined) return false;
    const { removals, inFlight } = state;
    if (name === undefined ? removals.size > 0 : removals.has(name)) return true;
    if (inFlight === undefined) return false;
    if (name === undefined) return inFlight.versions.values().some((version) => version === undefined);
    return inFlight.versions.has(name) && inFlight.versions.get(name) === undefined;
  }

  /** False for endpoints of a client with clusters: removed first, they would empty the cluster. */
  areSent(type: TypeUrl): boolean {
    return (
      rulesOf(type).removal !== 'with-user' || !typesThatUse(type).some((user) => this.#states.has(user))
    );
  }

  get wait(): boolean {
    return this.#states.entries().some(([type, { removals }]) => removals.size > 0 && this.areSent(type));
  }

  /** Returns when the first removal may go by time alone; not while its type waits for an answer. */
  firstDueAt(now: number): number {
    let first = Infinity;
    for (const [type, { inFlight }] of this.#states) {
      const at = this.dueAt(type, now);
      if (inFlight === undefined) first = Math.min(first, at);
    }
    return first;
  }

  /** Returns the same for one type. */
  dueAt(type: TypeUrl, now: number): number {
    const { leading, others } = this.#ownDue(type, now);
    const waits = waitsForListeners(type) && others !== Infinity;
    return Math.min(leading, waits ? Math.max(others, this.#listenersDueAt(now)) : others);
  }

  /** Returns when internal listeners may go, behind which others go; 0: none waits. */
  #listenersDueAt(now: number): number {
    const waiting = this.#states.get(typeUrl.listener)?.removals.size ?? 0;
    return waiting === 0 ? 0 : this.#ownDue(typeUrl.listener, now).leading;
  }

  /** Ignores what leads to a removed resource. O(1) unless removals or the gate have changed. */
  #ownDue(type: TypeUrl, now: number): Due {
    const removals = this.#states.get(type)?.removals;
    if (removals === undefined || removals.size === 0 || !this.areSent(type)) return never;
    const { stamp } = this.#gate;
    const known = this.#due.get(type);
    if (known?.stamp === stamp && known.changes === removals.changes) return known;
    let leading = Infinity;
    let others = Infinity;
    for (const [name, removal] of removals) {
      if (removalOf(type, name) === 'at-once') leading = 0;
      else if (leads(type, name)) leading = Math.min(leading, this.#gate.removableAt(removal, now));
      else others = Math.min(others, this.#gate.removableAt(removal, now));
    }
    const due = { stamp, changes: removals.changes, leading, others };
    this.#due.set(type, due);
    return due;
  }
}

interface Due {
  readonly stamp: number;
  readonly changes: number;
  /** First of what goes at once, of internal listeners and of clusters that lead to them. */
  readonly leading: number;
  readonly others: number;
}

const never: Due = { stamp: -1, changes: -1, leading: Infinity, others: Infinity };

/** False for hosts, which name nothing that goes with a listener. */
function waitsForListeners(type: TypeUrl): boolean {
  return type !== typeUrl.listener && type !== typeUrl.virtualHost;
}

function leads(type: TypeUrl, name: string): boolean {
  return (type === typeUrl.cluster || type === typeUrl.listener) && isOfInternalListener(name);
}
