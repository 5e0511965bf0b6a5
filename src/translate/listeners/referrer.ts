import type { ObjectName } from '../../units/unit-def.ts';
import type { Referrer } from '../backends/reference-grant.ts';

/** Returns who refers to the certificates of a listener of a Gateway in `home`, or of one of its ListenerSets. */
export function referrerOf(home: string, set: ObjectName | undefined): Referrer {
  return set === undefined
    ? { id: 'gateway.networking.k8s.io/Gateway', namespace: home }
    : { id: 'gateway.networking.k8s.io/ListenerSet', namespace: set.namespace };
}
