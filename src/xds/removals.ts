import { removalOf, rulesOf, typesThatUse, type TypeUrl } from '../publish/type-table.ts';
import type { View } from '../publish/view.ts';
import type { PublishGate } from './publish-gate.ts';
import type { Removal } from './pending-removals.ts';
import type { TypeState } from './type-state.ts';
import { useTypes } from './use-delivery.ts';

/** Decides when removals are sent to a client. */
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
    return this.areSent(type) && this.#gate.mayRemove(removal, now);
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

  /** Returns the same for one type. O(1) unless removals or the gate have changed. */
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

interface Due {
  readonly stamp: number;
  readonly changes: number;
  readonly at: number;
}
