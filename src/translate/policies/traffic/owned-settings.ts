import type { ResourceKey } from '../../../lib/key.ts';
import type { ClusterIdentity } from '../../../units/cluster-name.ts';
import type { Reader } from '../../reader.ts';
import type { ClusterTrafficIR } from '../../traffic-ir.ts';
import { clusterSettings, ownerKeys } from './cluster-settings.ts';
import { serverSettings, settingsOwnerKey } from './server-settings.ts';

type Owned = Pick<ClusterIdentity, 'protocol' | 'traffic' | 'settings'>;

/**
 * Returns the settings of a cluster, of which `host` is the name in health checks; undefined: the defaults. `absent`: its
 * policy no longer has them, or cannot be read, so that all that used the cluster is about to leave it.
 */
export function ownedSettings(
  reader: Reader,
  { protocol, traffic, settings }: Owned,
  host: string,
): ClusterTrafficIR | 'absent' | undefined {
  if (traffic !== undefined) return clusterSettings(reader, traffic, host, protocol) ?? 'absent';
  return settings && (serverSettings(reader, settings, host) ?? 'absent');
}

/** Returns the objects with the settings of a cluster. */
export function settingsOwners({ traffic, settings }: Owned): ResourceKey[] {
  if (traffic !== undefined) return ownerKeys(traffic);
  return settings === undefined ? [] : [settingsOwnerKey(settings)];
}
