import type { ReadKey } from '../../lib/key.ts';
import { splitResourceKey } from '../../lib/key.ts';
import { grantsInNamespace } from '../../kinds/indexes.ts';
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

/**
 * Whether the reference stays in its namespace or a ReferenceGrant of the other namespace permits it.
 * https://gateway-api.sigs.k8s.io/reference/spec/#referencegrant
 */
export function isPermitted(reader: Reader, from: Referrer, to: Referent): boolean {
  if (from.namespace === to.namespace) return true;
  const keys = reader.index(grantsInNamespace(to.namespace));
  reader.expect(keys);
  return keys.some((key) => {
    const grant = reader.row('ReferenceGrant', to.namespace, splitResourceKey(key).name);
    return (
      grant !== undefined &&
      grant.spec.from.some(
        (entry) => `${entry.group}/${entry.kind}` === from.id && entry.namespace === from.namespace,
      ) &&
      grant.spec.to.some(
        (entry) =>
          entry.group === to.group &&
          entry.kind === to.kind &&
          (entry.name === undefined || entry.name === '' || entry.name === to.name),
      )
    );
  });
}

/** What is wrong with grants of a namespace, for a reference that none of them permits; empty: nothing. */
export function unreadableGrants(reader: Reader, namespace: string): string {
  const problems = reader.index(grantsInNamespace(namespace)).flatMap((key) => {
    const { name } = splitResourceKey(key);
    const unreadable = unreadableParts(reader.row('ReferenceGrant', namespace, name)?.spec, 'spec');
    return unreadable.length === 0 ? [] : [`ReferenceGrant ${name}: ${describeUnreadable(unreadable)}`];
  });
  return problems.length === 0 ? '' : `; ${problems.join('; ')}`;
}

/** What {@link isPermitted} will read first. */
export function grantKeys(from: Referrer, namespace: string): ReadKey[] {
  return from.namespace === namespace ? [] : [grantsInNamespace(namespace)];
}

/** The kind without its group, for messages. */
export function kindIn(id: KindId): string {
  return id.slice(id.indexOf('/') + 1);
}
