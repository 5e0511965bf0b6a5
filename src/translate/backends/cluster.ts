import { endpointsName, parseClusterName, statName } from '../../units/cluster-name.ts';
import type { ClusterIR } from '../ir.ts';

/** A Cluster is all in its name, so it reads nothing and exists as long as a route refers to it. */
export function translateCluster(name: string): ClusterIR {
  const identity = parseClusterName(name);
  return {
    name,
    endpoints: endpointsName(identity),
    statName: statName(identity),
    protocol: identity.protocol,
  };
}
