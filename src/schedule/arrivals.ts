import type { RulePart, UnitOutput } from '../batch/outcome.ts';
import { awaitsEndpoints, isAwaited } from '../kinds/unit-place.ts';
import type { ReadKey, UnitName } from '../lib/key.ts';
import type { Store } from '../store/store.ts';
import { endpointsName } from '../units/cluster-name.ts';
import { endpointsUsedBy, firstEndpointKeys } from './first-endpoints.ts';
import type { NamedObjects } from './named-objects.ts';
import type { Results } from './results.ts';
import { withoutWaiting } from './waiting-rules.ts';

/** Leaves out of a result what waits for an object that it names for the first time. */
export class Arrivals {
  readonly #named: NamedObjects;
  readonly #store: Store;
  readonly #results: Results;

  constructor(named: NamedObjects, store: Store, results: Results) {
    this.#named = named;
    this.#store = store;
    this.#results = results;
  }

  /** Returns the output without what waits; undefined: all of it waits. `missing`: rows that the batch lacked. */
  withoutWaiting(unit: UnitName, output: UnitOutput, missing: readonly ReadKey[]): UnitOutput | undefined {
    const absent = missing.filter((key) => isAwaited(unit, key));
    const before = this.#results.newest(unit);
    const awaits = awaitsEndpoints(unit);
    // A new one has nothing to keep, and a Listener of several tenants would wait for it.
    if (!this.#results.isReady || (awaits && before === undefined)) {
      this.#named.accept(unit, absent);
      return output;
    }
    if (output.rules.length === 0) {
      const first = awaits ? [...this.#firstEndpoints(output, before).values()].flat() : [];
      return this.#named.waitsFor(unit, [...absent, ...first]).size === 0 ? output : undefined;
    }
    const endpoints = this.#firstEndpoints(output, before);
    const keysOf = (rule: RulePart): readonly ReadKey[] => [
      ...rule.absent.filter((key) => isAwaited(unit, key)),
      ...rule.refs.flatMap((ref) => endpoints.get(ref) ?? []),
    ];
    const waits = this.#named.waitsFor(unit, [...absent, ...[...endpoints.values()].flat()]);
    return waits.size === 0 ? output : withoutWaiting(output, keysOf, waits, before);
  }

  /** Returns keys by which the first endpoints of Clusters will come that the last output does not refer to. */
  #firstEndpoints(
    output: UnitOutput,
    before: UnitOutput | undefined,
  ): ReadonlyMap<UnitName, readonly ReadKey[]> {
    if (!this.#named.enabled) return new Map();
    const known = new Set(before?.refs);
    const refs = output.refs.filter((ref) => !known.has(ref));
    const used = new Set(refs.length === 0 ? [] : before?.refs.flatMap(endpointsUsedBy).map(endpointsName));
    return new Map(refs.map((ref) => [ref, firstEndpointKeys(this.#store, ref, used)]));
  }
}
