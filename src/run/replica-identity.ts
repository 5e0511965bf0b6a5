import { createHash, randomBytes } from 'node:crypto';

/** A replica of Sluice, as it differs from the others. */
export interface ReplicaIdentity {
  /** A DNS label or subdomain, that no other replica has at the same time. */
  readonly name: string;
  /** The pod that it runs in, for owner references; undefined outside of a cluster. */
  readonly pod: { readonly name: string; readonly uid: string } | undefined;
}

/**
 * The pod's name and UID, as the downward API gives them in `POD_NAME` and `POD_UID`. A host name would be that of the node
 * where the pod uses the host's network. Outside of a cluster a random name: several may run on one machine.
 */
export function replicaIdentity(env: Readonly<Record<string, string | undefined>>): ReplicaIdentity {
  const { POD_NAME: name = '', POD_UID: uid = '' } = env;
  if (!subdomain.test(name) || uid === '') return { name: randomBytes(8).toString('hex'), pod: undefined };
  // Names of objects are made of it, and as long as a pod's name may be they would be too long.
  const short =
    name.length <= maxLength ? name : createHash('sha256').update(name).digest('hex').slice(0, 32);
  return { name: short, pod: { name, uid } };
}

/** Leaves room for what stands before it in a ConfigMap's name. */
const maxLength = 200;

const subdomain = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
