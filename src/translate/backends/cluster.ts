import { endpointsName, parseClusterName, statName } from '../../units/cluster-name.ts';
import type { ClusterIR } from '../ir.ts';

/** A Cluster follows from its name alone, so it reads nothing. */
export function translateCluster(name: string): ClusterIR {
  const identity = parseClusterName(name);
  return {
    name,
    endpoints: endpointsName(identity),
    statName: statName(identity),
    protocol: identity.protocol,
  };
}
