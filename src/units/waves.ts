import type { ResourceKey, UnitName } from '../lib/key.ts';
import { fleetOf, type FleetKey } from './fleet-key.ts';
import type { FleetOfRow, WaveName } from './unit-def.ts';

/** Returns the wave of a unit whose name begins with its Gateway. Does not parse: a window closes over all units at once. */
export function waveOfGateway(unit: UnitName): FleetKey {
  const begin = unit.indexOf('/') + 1;
  const end = unit.indexOf('/', unit.indexOf('/', begin) + 1);
  return fleetOf(end < 0 ? unit.slice(begin) : unit.slice(begin, end));
}

/** Returns the wave of the Gateway of the ListenerSet with which the unit's name begins. */
export function waveOfListenerSet(unit: UnitName, fleetOfRow: FleetOfRow): FleetKey | WaveName {
  return fleetOfRow(`ListenerSet/${waveOfGateway(unit)}` as ResourceKey) ?? 'reports';
}
