import { removalOf, rulesOf, typesThatUse, type TypeUrl } from '../publish/type-table.ts';
import type { View } from '../publish/view.ts';
import type { PublishGate } from './publish-gate.ts';
import type { Removal, TypeState } from './type-state.ts';
import { useTypes } from './use-delivery.ts';

/** Decides when a client is told that a resource is gone. */
export class Removals {
  readonly #states: ReadonlyMap<TypeUrl, TypeState>;
  readonly #gate: PublishGate;

  constructor(states: ReadonlyMap<TypeUrl, TypeState>, gate: PublishGate) {
    this.#states = states;
    this.#gate = gate;
  }

  /**
   * What was not used any more by routes that the client refuses is used by those that it keeps: whether it is removed is
   * for the next ones to say, those of this publication included.
   */
  noteRefusals(view: View, now: number): void {
    const isRefused =
      view.refusesUses ||
      useTypes.some((type) => this.#states.get(type)?.refuses((name) => view.get(type, name)) === true);
    if (this.#gate.usesRefused && !isRefused) {
      for (const { removals } of this.#states.values()) {
        for (const name of removals.keys())
          removals.set(name, { epoch: view.epoch, notedAt: now, unusedAt: undefined });
      }
    }
    this.#gate.usesRefused = isRefused;
  }

  mayRemove(type: TypeUrl, name: string, removal: Removal, now: number): boolean {
    if (removalOf(type, name) === 'at-once') return true;
    return this.tells(type) && this.#gate.mayRemove(removal, now);
  }

  /** A client that has clusters lets go of a cluster's endpoints with the cluster; told before, it would empty it. */
  tells(type: TypeUrl): boolean {
    return (
      rulesOf(type).removal !== 'with-user' || !typesThatUse(type).some((user) => this.#states.has(user))
    );
  }

  /** All that wait. O(what waits): a stream without any has nothing to look at. */
  *waiting(): Generator<Removal> {
    for (const [type, { removals }] of this.#states)
      if (removals.size > 0 && this.tells(type)) yield* removals.values();
  }
}
