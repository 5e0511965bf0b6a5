import type { KindDef } from './kind-def.ts';
import { kindTable } from './kind-table.ts';

export const followedKinds: readonly KindDef[] = Object.values(kindTable);

export function kindOf(name: string): KindDef | undefined {
  return followed.get(name);
}

/** Kinds of objects that users create together with those that name them. */
export const awaitedKinds: ReadonlySet<string> = new Set(
  followedKinds.filter(({ role }) => role === 'backend' || role === 'support').map(({ kind }) => kind),
);

const followed: ReadonlyMap<string, KindDef> = new Map(followedKinds.map((def) => [def.kind, def]));
