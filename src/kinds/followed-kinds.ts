import type { KindDef } from './kind-def.ts';
import { kindTable } from './kind-table.ts';

/** The kinds in the table's order. */
export const followedKinds: readonly KindDef[] = Object.values(kindTable);

/** The kind of that name; undefined for one that is not followed. */
export function kindOf(name: string): KindDef | undefined {
  return followed.get(name);
}

/** Names by which other objects refer to what users create beside them. */
export const awaitedKinds: ReadonlySet<string> = new Set(
  followedKinds.filter(({ role }) => role === 'backend' || role === 'support').map(({ kind }) => kind),
);

const followed: ReadonlyMap<string, KindDef> = new Map(followedKinds.map((def) => [def.kind, def]));
