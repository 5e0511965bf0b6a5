import { removalOf, rulesOf, typesThatUse, type TypeUrl } from '../publish/type-table.ts';
import type { View } from '../publish/view.ts';
import type { PublishGate } from './publish-gate.ts';
import type { Removal } from './pending-removals.ts';
import type { TypeState } from './type-state.ts';
import { useTypes } from './use-delivery.ts';

/** Decides when a client hears that a resource has gone. */
export class Removals {
  readonly #states: ReadonlyMap<TypeUrl, TypeState>;
  readonly #gate: PublishGate;
  readonly #due = new Map<TypeUrl, Due>();

  constructor(states: ReadonlyMap<TypeUrl, TypeState>, gate: PublishGate) {
    this.#states = states;
    this.#gate = gate;
  }

  /**
   * Restarts the removals when a rejection ends: a client that rejects new routes keeps the old ones, which may still use
   * resources that were to go. O(1) while nothing of it changes: each flush asks.
   */
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
    return this.areSent(type) && this.#gate.mayRemove(removal, now);
  }

  /** A client that has clusters lets go of a cluster's endpoints with the cluster; told before, it would empty it. */
  areSent(type: TypeUrl): boolean {
    return (
      rulesOf(type).removal !== 'with-user' || !typesThatUse(type).some((user) => this.#states.has(user))
    );
  }

  /** True while the client has something that has gone and that it has to hear of. */
  get wait(): boolean {
    return this.#states.entries().some(([type, { removals }]) => removals.size > 0 && this.areSent(type));
  }

  /** When the first of all may go by the time alone: not while its type waits for an answer. */
  firstDueAt(now: number): number {
    let first = Infinity;
    for (const [type, { inFlight }] of this.#states) {
      const at = this.dueAt(type, now);
      if (inFlight === undefined) first = Math.min(first, at);
    }
    return first;
  }

  /** As `firstDueAt`, of one type. O(1) until a removal comes or goes, or the gate has other answers. */
  dueAt(type: TypeUrl, now: number): number {
    const removals = this.#states.get(type)?.removals;
    if (removals === undefined || removals.size === 0 || !this.areSent(type)) return Infinity;
    const { stamp } = this.#gate;
    const known = this.#due.get(type);
    if (known?.stamp === stamp && known.changes === removals.changes) return known.at;
    let at = Infinity;
    for (const [name, removal] of removals)
      at = Math.min(at, removalOf(type, name) === 'at-once' ? 0 : this.#gate.removableAt(removal, now));
    this.#due.set(type, { stamp, changes: removals.changes, at });
    return at;
  }
}

/** Result of a look at the removals of a type, and which of them it was. */
interface Due {
  readonly stamp: number;
  readonly changes: number;
  readonly at: number;
}
