import { isIndexKey, splitResourceKey, type ReadKey, type UnitName } from '../lib/key.ts';
import { entryOf, firstRow, parseUnitName, unitKind } from '../units/unit.ts';
import type { FleetOfRow, ObjectName, UnitFields, UnitKind, UnitPlace } from '../units/unit-def.ts';
import { unknownPolicies } from './derived/attached-policies.ts';
import { awaitedKinds, kindOf } from './followed-kinds.ts';
import { encodeJson } from './json-row.ts';
import type { DerivedRow } from './row.ts';

export function waveOf(unit: UnitName, fleetOfRow: FleetOfRow): string {
  const wave = placeOf(unit)?.wave ?? 'reports';
  return typeof wave === 'string' ? wave : wave(unit, fleetOfRow);
}

/** Returns the Gateway, as `namespace/name`, of a root unit's xDS resources; undefined for several. */
export function gatewayOfRoot(unit: UnitName): string | undefined {
  return placeOf(unit)?.gateway?.(fieldsOf(unit));
}

/** Returns rows that the unit will surely read: those of its place in a table, or else its object's. */
export function ownKeys(unit: UnitName): readonly ReadKey[] {
  const firstKeys = placeOf(unit)?.firstKeys;
  if (firstKeys !== undefined) return firstKeys(fieldsOf(unit));
  const parsed = parseUnitName(unit);
  return parsed.kind === 'Object' ? [parsed.object] : [];
}

/** Returns true for a row that users create together with what names it, so that a unit waits for it. */
export function isAwaited(unit: UnitName, key: ReadKey): boolean {
  if (isIndexKey(key)) return false;
  const { kind } = splitResourceKey(key);
  return awaitedKinds.has(kind) && !(kind === 'Service' && placeOf(unit)?.readsOwnService === true);
}

/**
 * Returns the row that replaces those of a unit which fails before it has made any; undefined: none. Policies that cannot
 * be found may restrict, so a missing row must not say that there are none.
 */
export function rowOfFault(unit: UnitName): DerivedRow | undefined {
  const key = firstRow(unit);
  if (key === undefined || unitKind(unit) !== 'AttachedPolicies') return undefined;
  return { key, bytes: encodeJson(unknownPolicies), indexes: [], follow: [] };
}

export function awaitsEndpoints(unit: UnitName): boolean {
  return placeOf(unit)?.awaitsEndpoints === true;
}

/** True when an output without content does not take the place of one that proxies may be using. */
export function keepsContent(unit: UnitName): boolean {
  const place = placeOf(unit);
  return place?.lingers === true || place?.staysInUse === true;
}

export function lingers(unit: UnitName): boolean {
  return placeOf(unit)?.lingers === true;
}

type AnyFields = UnitFields[UnitKind] | ObjectName;

function placeOf(unit: UnitName): UnitPlace<AnyFields> | undefined {
  return (entryOf(unit) ?? kindOf(unitKind(unit))?.unit) as UnitPlace<AnyFields> | undefined;
}

function fieldsOf(name: UnitName): AnyFields {
  const unit = parseUnitName(name);
  return unit.kind === 'Object' ? splitResourceKey(unit.object) : unit;
}
