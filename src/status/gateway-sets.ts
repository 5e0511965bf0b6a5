import type { UnitOutput } from '../batch/outcome.ts';
import type { ResourceKey, UnitName } from '../lib/key.ts';
import { gatewayName } from '../units/unit-table.ts';
import { parseUnitName } from '../units/unit.ts';

/** Knows the ListenerSets of each Gateway, `namespace/name`, by the units that serve their hostnames. */
export class GatewaySets {
  readonly #gateways = new Map<ResourceKey, string>();
  readonly #sets = new Map<string, Set<ResourceKey>>();

  /** Called when an output is in force; undefined: the unit has ended. Returns the ListenerSet of the unit, if any. */
  committed(name: UnitName, output: UnitOutput | undefined): ResourceKey | undefined {
    if (!name.startsWith('AttachedListenerSet/')) return undefined;
    const unit = parseUnitName(name);
    if (unit.kind !== 'AttachedListenerSet') return undefined;
    const gateway = gatewayName(unit);
    const { set } = unit;
    if (output === undefined) {
      if (this.#gateways.get(set) === gateway) this.#gateways.delete(set);
      const sets = this.#sets.get(gateway);
      sets?.delete(set);
      if (sets?.size === 0) this.#sets.delete(gateway);
    } else {
      this.#gateways.set(set, gateway);
      const sets = this.#sets.get(gateway);
      if (sets === undefined) this.#sets.set(gateway, new Set([set]));
      else sets.add(set);
    }
    return set;
  }

  gatewayOf(set: ResourceKey): string | undefined {
    return this.#gateways.get(set);
  }

  of(gateway: string): ReadonlySet<ResourceKey> {
    return this.#sets.get(gateway) ?? none;
  }
}

const none: ReadonlySet<ResourceKey> = new Set();
