import { assert } from '../lib/assert.ts';
import { splitResourceKey, type ReadKey, type ResourceKey, type UnitName } from '../lib/key.ts';
import type { LaneName, Level, Unit, UnitDef, UnitFields, UnitKind } from './unit-def.ts';
import { unitTable } from './unit-table.ts';

export function unitName(unit: Unit): UnitName {
  return `${unit.kind}/${defOf(unit.kind).codec.write(unit)}` as UnitName;
}

export function unitKind(name: UnitName): UnitKind {
  return name.slice(0, name.indexOf('/')) as UnitKind;
}

export function parseUnitName(name: UnitName): Unit {
  const kind = unitKind(name);
  assert(Object.hasOwn(unitTable, kind), `unit name ${name}`);
  return { kind, ...defOf(kind).codec.read(name.slice(kind.length + 1)) } as Unit;
}

/** The unit that reports on an object: the one of its own kind and name. */
export function reportUnit(object: ResourceKey): UnitName {
  const { kind, namespace, name } = splitResourceKey(object);
  return (namespace === '' ? `${kind}/${name}` : `${kind}/${namespace}/${name}`) as UnitName;
}

export function laneOf(unit: UnitName): LaneName {
  return unitTable[unitKind(unit)].lane;
}

export function levelOf(unit: UnitName): Level {
  return unitTable[unitKind(unit)].level;
}

/** What the unit is published with; see `UnitDef.wave`. */
export function waveOf(unit: UnitName): string {
  const kind = unitKind(unit);
  const { wave } = defOf(kind);
  return typeof wave === 'string' ? wave : wave(parseUnitName(unit));
}

/** The unit that makes the derived row, which is named like the row; undefined for a row of a source and for an index. */
export function makerOf(key: ReadKey): UnitName | undefined {
  return makers.has(key.slice(0, key.indexOf('/'))) ? (key as string as UnitName) : undefined;
}

/** The Gateway, as `namespace/name`, that a root unit's xDS resources go to; undefined for units of no one Gateway. */
export function gatewayOfRoot(name: UnitName): string | undefined {
  const { gateway } = unitTable[unitKind(name)];
  return gateway === undefined ? undefined : defOf(unitKind(name)).gateway?.(parseUnitName(name));
}

const makers: ReadonlySet<string> = new Set(
  Object.entries(unitTable).flatMap(([kind, { level }]) => (level < 2 ? [kind] : [])),
);

/** The entry of a kind that is not known until the program runs: its fields are those of some kind. */
function defOf(kind: UnitKind): UnitDef<UnitFields[UnitKind]> {
  return unitTable[kind] as UnitDef<UnitFields[UnitKind]>;
}
