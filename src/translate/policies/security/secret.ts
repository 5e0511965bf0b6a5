import type { SecretRef } from '../../../kinds/envoy-gateway/secret-ref.ts';
import type { SecretRow } from '../../../kinds/core/secret.ts';
import { grantKeys } from '../../../kinds/indexes.ts';
import type { Problem } from '../../../kinds/row.ts';
import { describeUnreadable } from '../../../kinds/unreadable.ts';
import { resourceKey, type ReadKey } from '../../../lib/key.ts';
import { isPermitted, notPermitted } from '../../backends/reference-grant.ts';
import type { Reader } from '../../reader.ts';

const id = 'gateway.envoyproxy.io/SecurityPolicy';

export function secretKeys(home: string, { name, namespace = home }: SecretRef): ReadKey[] {
  const to = { group: '', kind: 'Secret', namespace, name };
  return [resourceKey('Secret', namespace, name), ...grantKeys({ id, namespace: home }, to)];
}

/** Returns a Secret that a policy of the namespace `home` names, or adds a problem. Never quotes the Secret. */
export function readSecret(
  reader: Reader,
  home: string,
  { group, kind, name, namespace = home }: SecretRef,
  path: string,
  problems: Problem[],
): SecretRow | undefined {
  const wrong = (field: string, message: string): undefined => {
    problems.push({ path: `${path}.${field}`, message });
  };
  if (group !== '' || kind !== 'Secret') return wrong('kind', 'must be a Secret');
  const from = { id, namespace: home } as const;
  if (!isPermitted(reader, from, { group, kind, namespace, name }))
    return wrong('namespace', notPermitted(reader, from, 'Secret', namespace));
  const row = reader.row('Secret', namespace, name);
  const named = `Secret ${namespace}/${name}`;
  if (row === undefined) return wrong('name', `${named} does not exist`);
  if (row.unreadable !== undefined) return wrong('name', `${named}: ${describeUnreadable(row.unreadable)}`);
  return row;
}
