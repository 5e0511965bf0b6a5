import { resourceKey, splitResourceKey, type ReadKey, type ResourceKey, type UnitName } from '../lib/key.ts';
import {
  lastLevel,
  type LaneName,
  type Level,
  type Unit,
  type UnitDef,
  type UnitFields,
  type UnitKind,
} from './unit-def.ts';
import { unitTable } from './unit-table.ts';

export function unitName(unit: Unit): UnitName {
  if (unit.kind === 'Object') return objectUnit(unit.object);
  return `${unit.kind}/${defOf(unit.kind).codec.write(unit)}` as UnitName;
}

export function unitKind(name: UnitName): string {
  return name.slice(0, name.indexOf('/'));
}

export function parseUnitName(name: UnitName): Unit {
  const kind = unitKind(name);
  const rest = name.slice(kind.length + 1);
  if (hasEntry(kind)) return { kind, ...defOf(kind).codec.read(rest) } as Unit;
  const slash = rest.indexOf('/');
  return {
    kind: 'Object',
    object: resourceKey(kind, slash < 0 ? '' : rest.slice(0, slash), rest.slice(slash + 1)),
  };
}

export function objectUnit(object: ResourceKey): UnitName {
  const { kind, namespace, name } = splitResourceKey(object);
  return (namespace === '' ? `${kind}/${name}` : `${kind}/${namespace}/${name}`) as UnitName;
}

export function laneOf(unit: UnitName): LaneName {
  return entryOf(unit)?.lane ?? 'config';
}

export function levelOf(unit: UnitName): Level {
  return entryOf(unit)?.level ?? lastLevel;
}

/** Returns the unit that makes a derived row; undefined for a row of a source and for an index. */
export function makerOf(key: ReadKey): UnitName | undefined {
  const kind = key.slice(0, key.indexOf('/'));
  const maker = makers.get(kind);
  if (maker === undefined) return undefined;
  if (maker.isNamesake) return `${maker.unit}${key.slice(kind.length)}` as UnitName;
  const [, namespace, name] = key.split('/');
  return `${maker.unit}/${namespace}/${name}` as UnitName;
}

export function firstRow(unit: UnitName): ResourceKey | undefined {
  const kind = unitKind(unit);
  const row = hasEntry(kind) ? rowsOf(kind)[0] : undefined;
  return row === undefined ? undefined : (`${row}${unit.slice(kind.length)}` as ResourceKey);
}

/** Returns the object whose status reports that translation of the unit fails. It need not exist. */
export function subjectOf(name: UnitName): ResourceKey {
  const unit = parseUnitName(name);
  if (unit.kind === 'Object') return unit.object;
  return defOf(unit.kind).subject?.(unit) ?? resourceKey(unit.kind, '', name);
}

/** Returns the namespace that pays for the unit, or empty. Does not parse: a window closes over all units at once. */
export function namespaceOf(name: UnitName): string {
  const isOfObject = entryOf(name)?.endsWithObject === true;
  const end = isOfObject ? name.lastIndexOf('/') : name.indexOf('/', name.indexOf('/') + 1);
  return end < 0 ? '' : name.slice(name.lastIndexOf('/', end - 1) + 1, end);
}

/** Returns true for a unit whose rows name others. */
export function namesUnits(unit: UnitName): boolean {
  return entryOf(unit)?.namesUnits === true;
}

/** Returns the object at the end of a unit's name, as text; undefined for a unit without one. Does not parse. */
export function objectIn(unit: UnitName): string | undefined {
  if (entryOf(unit)?.endsWithObject !== true) return undefined;
  const name = unit.lastIndexOf('/');
  const namespace = unit.lastIndexOf('/', name - 1);
  return unit.slice(unit.lastIndexOf('/', namespace - 1) + 1);
}

export function entryOf(unit: UnitName): UnitDef<UnitFields[UnitKind]> | undefined {
  return entries.get(unitKind(unit));
}

/** Makers by kind of row. A namesake row has the unit's own name, with nothing behind it. */
const makers: ReadonlyMap<string, { readonly unit: UnitKind; readonly isNamesake: boolean }> = new Map(
  (Object.keys(unitTable) as UnitKind[]).flatMap((unit) =>
    rowsOf(unit).map((row, i) => [row, { unit, isNamesake: i === 0 }] as const),
  ),
);

function rowsOf(kind: UnitKind): readonly string[] {
  const { level, rows } = unitTable[kind];
  return rows ?? (level < lastLevel ? [kind] : []);
}

function hasEntry(kind: string): kind is UnitKind {
  return entries.has(kind);
}

/** Table for names that are known only at run time: fields of an entry are those of some kind. */
const entries: ReadonlyMap<string, UnitDef<UnitFields[UnitKind]>> = new Map(
  Object.entries(unitTable) as [UnitKind, UnitDef<UnitFields[UnitKind]>][],
);

function defOf(kind: UnitKind): UnitDef<UnitFields[UnitKind]> {
  return unitTable[kind] as UnitDef<UnitFields[UnitKind]>;
}
