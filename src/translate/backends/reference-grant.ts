import { splitResourceKey } from '../../lib/key.ts';
import { grantKeys, unreadableGrantsIn } from '../../kinds/indexes.ts';
import type { KindId } from '../../kinds/kinds.ts';
import { describeUnreadable, unreadableParts } from '../../kinds/unreadable.ts';
import type { Reader } from '../reader.ts';

export interface Referrer {
  /** Grants name group and kind. */
  readonly id: KindId;
  readonly namespace: string;
}

export interface Referent {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Follows https://gateway-api.sigs.k8s.io/reference/spec/#referencegrant; no grant is needed within a namespace. */
export function isPermitted(reader: Reader, from: Referrer, to: Referent): boolean {
  // Reads both, whatever the first holds: a key that is expected and not read costs a round trip.
  const grants = grantKeys(from, to).flatMap((key) => reader.index(key));
  return from.namespace === to.namespace || grants.length > 0;
}

/** Returns the problems of a namespace's grants, for a reference that none of them permits; empty: none. */
export function unreadableGrants(reader: Reader, namespace: string): string {
  const keys = reader.index(unreadableGrantsIn(namespace));
  const problems = keys.map((key) => {
    const { name } = splitResourceKey(key);
    const unreadable = unreadableParts(reader.row('ReferenceGrant', namespace, name)?.spec, 'spec');
    return `ReferenceGrant ${name}: ${describeUnreadable(unreadable)}`;
  });
  return problems.length === 0 ? '' : `; ${problems.join('; ')}`;
}

/** Describes a reference to another namespace that no grant permits. */
export function notPermitted(reader: Reader, from: Referrer, kind: string, namespace: string): string {
  const grant = `add one to namespace ${namespace} from ${kindIn(from.id)} of ${from.namespace} to ${kind}`;
  return `no ReferenceGrant permits this; ${grant}${unreadableGrants(reader, namespace)}`;
}

function kindIn(id: KindId): string {
  return id.slice(id.indexOf('/') + 1);
}
