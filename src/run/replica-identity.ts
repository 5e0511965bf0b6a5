import { createHash, randomBytes } from 'node:crypto';

export interface ReplicaIdentity {
  /** DNS subdomain, unique among running replicas. */
  readonly name: string;
  /** For owner references; undefined outside of a cluster. */
  readonly pod: { readonly name: string; readonly uid: string } | undefined;
}

/** From `POD_NAME` and `POD_UID`, as a host name may be the node's. Else random: several may run on a machine. */
export function replicaIdentity(env: Readonly<Record<string, string | undefined>>): ReplicaIdentity {
  const { POD_NAME: name = '', POD_UID: uid = '' } = env;
  if (!subdomain.test(name) || uid === '') return { name: randomBytes(8).toString('hex'), pod: undefined };
  const short =
    name.length <= maxLength ? name : createHash('sha256').update(name).digest('hex').slice(0, 32);
  return { name: short, pod: { name, uid } };
}

/** Leaves room for the prefix in a ConfigMap's name, of 253 characters at most. */
const maxLength = 200;

const subdomain = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
