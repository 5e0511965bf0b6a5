import type { z } from 'zod';
import { resourceKey, type IndexKey, type ReadKey, type UnitName } from '../lib/key.ts';
import { identityOf, type Scope } from './identity.ts';
import { check } from './problems.ts';
import { prune } from './prune.ts';
import type { ParsedRow } from './row.ts';

/**
 * What a row is part of and leads to. Computed from the key and the row's own content and from nothing else: a row
 * with equal bytes goes no further than the store, and so would a change of these.
 */
export interface Links {
  readonly indexes: readonly IndexKey[];
  readonly units: readonly UnitName[];
  readonly follow: readonly ReadKey[];
}

/** What is needed to make rows of a kind, of JSON, as those of every kind but EndpointSlice are. */
interface Recipe<T> {
  readonly kind: string;
  readonly scope: Scope;
  readonly schema: z.ZodType<T>;
  readonly links: ((row: T, namespace: string, name: string) => Links) | undefined;
}

/** Checks, trims and encodes a user's object. Never throws, whatever it is given. */
export function parseJsonRow<T>(kind: Recipe<T>, manifest: unknown): ParsedRow {
  const pruned = prune(manifest);
  if (pruned.kind === 'invalid') return { kind: 'invalid', key: undefined, problems: [pruned.problem] };
  const found = identityOf(pruned.object, kind.scope);
  if (found.kind === 'invalid') return { kind: 'invalid', key: undefined, problems: [found.problem] };
  const { namespace, name } = found.identity;
  const key = resourceKey(kind.kind, namespace, name);
  const checked = check(kind.schema, pruned.object);
  if (checked.kind === 'invalid') return { kind: 'invalid', key, problems: checked.problems };
  const links = kind.links?.(checked.value, namespace, name);
  return {
    kind: 'row',
    row: {
      key,
      bytes: encodeJson(checked.value),
      indexes: sortedSet(links?.indexes ?? []),
      units: sortedSet(links?.units ?? []),
      follow: sortedSet(links?.follow ?? []),
    },
  };
}

/** Deterministic for what a schema has put out: its keys come in the schema's order. `decodeRow` is the inverse. */
export function encodeJson(value: unknown): Uint8Array<ArrayBuffer> {
  return new Uint8Array(encoder.encode(JSON.stringify(value)));
}

const encoder = new TextEncoder();

function sortedSet<T extends string>(items: readonly T[]): readonly T[] {
  return [...new Set(items)].sort();
}
