import { resourceKey, type IndexKey, type ReadKey } from '../lib/key.ts';
import { backendThat, grantKeys, policiesNaming, type GrantFrom } from './indexes.ts';
import { targetGroups } from './target-kind.ts';

/** Kinds that a reference to a backend may name. */
export type BackendKind = 'Service' | 'Backend';

interface Reference {
  readonly group: string;
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** Returns undefined for a kind that is no backend. */
export function backendKind({ group, kind }: Pick<Reference, 'group' | 'kind'>): BackendKind | undefined {
  return kinds.find((known) => known === kind && targetGroups[known] === group);
}

const kinds: readonly BackendKind[] = ['Service', 'Backend'];

/**
 * Properties of a Backend that routes read instead of its row: each is an index that holds the Backend or not, so that an
 * edit of an endpoint costs none of the routes.
 */
export const backendFacts = [
  'exists',
  /** Refused, whatever the config says. */
  'closed',
  'http2',
  'tls',
  /** The host of a request is the server name. */
  'requestName',
  /** Must not be spoken to in clear text. */
  'wss',
  'names',
  'loopback',
  'unix',
  'fallback',
] as const;

export type BackendFact = (typeof backendFacts)[number];

export function factKeys(namespace: string, name: string): IndexKey[] {
  return backendFacts.map((fact) => backendThat(namespace, name, fact));
}

/** Returns the rows and indexes by which a reference to a backend is resolved. Costs O(1). */
export function backendReferenceKeys(from: GrantFrom, ref: Reference): ReadKey[] {
  const kind = backendKind(ref);
  if (kind === undefined) return [];
  const namespace = ref.namespace ?? from.namespace;
  const own = kind === 'Service' ? [resourceKey(kind, namespace, ref.name)] : factKeys(namespace, ref.name);
  return [...own, policiesNaming(kind, namespace, ref.name), ...grantKeys(from, { ...ref, namespace })];
}
