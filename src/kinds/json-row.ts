import type { z } from 'zod';
import { assert } from '../lib/assert.ts';
import { resourceKey, type IndexKey, type ReadKey, type UnitName } from '../lib/key.ts';
import { bytesOfText } from '../lib/own-bytes.ts';
import { identityOf, record, type Scope } from './identity.ts';
import { check } from './problems.ts';
import { prune } from './prune.ts';
import type { ParsedRow } from './row.ts';
import type { FleetKey } from '../units/fleet-key.ts';
import { unreadableParts } from './unreadable.ts';

/** Computed from the key and the row's content alone: the store drops an equal row, and would drop a change of these. */
export interface Links {
  readonly indexes: readonly IndexKey[];
  readonly units: readonly UnitName[];
  readonly follow: readonly ReadKey[];
  readonly fleet?: FleetKey | undefined;
}

/** Makes rows of a kind as JSON, as for every kind but EndpointSlice. */
interface Recipe<T> {
  readonly kind: string;
  readonly scope: Scope;
  readonly schema: z.ZodType<T>;
  readonly links: ((row: T, namespace: string, name: string) => Links) | undefined;
}

/** Reads, trims and encodes a user's object. Never throws: a schema marks what it cannot read. */
export function parseJsonRow<T>(kind: Recipe<T>, manifest: unknown): ParsedRow {
  const given = record(manifest);
  if (given === undefined)
    return { kind: 'invalid', problems: [{ path: '', message: 'must be a Kubernetes object' }] };
  const object = prune(given);
  const found = identityOf(object, kind.scope);
  if (found.kind === 'invalid') return { kind: 'invalid', problems: [found.problem] };
  const { namespace, name } = found.identity;
  const key = resourceKey(kind.kind, namespace, name);
  const checked = check(kind.schema, object);
  assert(checked.kind === 'ok', `the schema of ${kind.kind} refuses an object`);
  const links = kind.links?.(checked.value, namespace, name);
  const text = JSON.stringify(checked.value);
  return {
    kind: 'row',
    // Nearly no row has any, and a look at the text costs far less than a walk through the value.
    problems: text.includes('"unreadable":') ? unreadableParts(checked.value, '') : [],
    row: {
      key,
      bytes: bytesOfText(text),
      indexes: sortedSet(links?.indexes ?? []),
      units: sortedSet(links?.units ?? []),
      follow: sortedSet(links?.follow ?? []),
      ...(links?.fleet === undefined ? {} : { fleet: links.fleet }),
    },
  };
}

/** Encodes the output of a schema, whose key order makes it deterministic. `decodeRow` is the inverse. */
export function encodeJson(value: unknown): Uint8Array<ArrayBuffer> {
  return bytesOfText(JSON.stringify(value));
}

/** Shared, as rows are kept by the thousand. */
const none: readonly never[] = Object.freeze([]);

function sortedSet<T extends string>(items: readonly T[]): readonly T[] {
  return items.length === 0 ? none : [...new Set(items)].sort();
}
