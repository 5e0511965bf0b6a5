import { firstKeys } from '../src/batch/first-keys.ts';
import type { ReadKey, UnitName } from '../src/lib/key.ts';
import { settingRows } from '../src/kinds/own/setting-rows.ts';
import { unitName } from '../src/units/unit.ts';
import { Store } from '../src/store/store.ts';
import { endpointsOf, fleet, routeOf } from '../test/rig/load/fleet.ts';

export const benchStore = new Store();
benchStore.apply([
  ...fleet(1000, 10),
  ...settingRows({ controllerName: 'sluice.dev/gateway-controller' }).map(
    (row) => ({ kind: 'put', row }) as const,
  ),
]);

export function unitsOf(kind: 'ClusterLoadAssignment' | 'AttachedRoute', count: number): UnitName[] {
  return Array.from({ length: count }, (_, i) =>
    kind === 'AttachedRoute'
      ? unitName({ kind, namespace: 'bench', name: 'gateway', route: routeOf(i) })
      : unitName({ kind, endpoints: endpointsOf(i) }),
  );
}

export function keysOf(units: readonly UnitName[]): ReadKey[] {
  return [...new Set(units.flatMap((unit) => [...firstKeys(unit, (key) => benchStore.follow(key))]))];
}
