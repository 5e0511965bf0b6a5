import { typesThat, typeUrl, type TypeUrl } from '../publish/type-table.ts';
import type { View } from '../publish/view.ts';
import { isOfInternalListener } from '../units/internal-listener-name.ts';
import type { TypeState } from './type-state.ts';

/**
 * Holds routes that may lead to an internal listener until the client has it. Envoy ACKs a listener that is not warm yet,
 * but it is warm when Envoy ACKs its plugins, its RouteConfiguration and all hosts of that.
 */
export class InternalFirst {
  readonly #states: ReadonlyMap<TypeUrl, TypeState>;
  readonly #holdMs: number;
  #heldAt: number | undefined;

  constructor(states: ReadonlyMap<TypeUrl, TypeState>, holdMs: number) {
    this.#states = states;
    this.#holdMs = holdMs;
  }

  /** Deadline of the hold; undefined: no route is held. */
  get heldUntil(): number | undefined {
    return this.#heldAt === undefined ? undefined : this.#heldAt + this.#holdMs;
  }

  /** Ends a hold whose deadline has come, and returns true then. */
  isOverdue(now: number): boolean {
    if (this.heldUntil === undefined || now < this.heldUntil) return false;
    this.#heldAt = undefined;
    return true;
  }

  /** Returns true while routes wait. Costs O(internal listeners), and O(their resources in unanswered responses). */
  holds(view: View, now: number): boolean {
    const isHeld = this.#hasOthersDue && this.#isIncomplete(view);
    this.#heldAt = isHeld ? (this.#heldAt ?? now) : undefined;
    return isHeld;
  }

  /** True when routes are due or under way that may lead to an internal listener now, or no longer. */
  get othersChange(): boolean {
    return this.#hasOthersDue || routeTypes.some((type) => this.#hasUnanswered(type, false));
  }

  get #hasOthersDue(): boolean {
    return routeTypes.some((type) => this.#states.get(type)?.due.hasOthers === true);
  }

  #isIncomplete(view: View): boolean {
    const internal = view.internalListeners;
    if (internal.length === 0) return false;
    if (this.#states.get(typeUrl.extension)?.settled === false) return true;
    if (ownTypes.some((type) => this.#isOnItsWay(type))) return true;
    const listeners = this.#states.get(typeUrl.listener);
    return internal
      .filter(({ name }) => listeners?.acked.has(name) === true)
      .some(({ names }) =>
        names.some(({ typeUrl: type, name }) => type === typeUrl.route && this.#lacks(name)),
      );
  }

  #isOnItsWay(type: TypeUrl): boolean {
    return (this.#states.get(type)?.due.internal.size ?? 0) > 0 || this.#hasUnanswered(type, true);
  }

  #hasUnanswered(type: TypeUrl, isInternal: boolean): boolean {
    const versions = this.#states.get(type)?.inFlight?.versions ?? new Map<string, undefined>();
    return versions.entries().some(([name, version]) => {
      if (isInternal && version === undefined) return false;
      return isOfInternalListener(name) === isInternal;
    });
  }

  /** True for a RouteConfiguration that the client has yet to take: it asks for it when it has taken the listener. */
  #lacks(name: string): boolean {
    const routes = this.#states.get(typeUrl.route);
    return routes === undefined || !(routes.acked.has(name) || routes.rejected.get(name) !== undefined);
  }
}

const ownTypes = typesThat(({ turn }) => turn === 'gated');
const routeTypes = ownTypes.filter((type) => type !== typeUrl.listener);
