import type { ClusterIdentity } from '../../units/cluster-name.ts';
import { statName } from '../../units/cluster-name.ts';
import { settingKey } from '../../kinds/own/settings-key.ts';
import type { BackendTlsIR, ClusterIR } from '../backend-ir.ts';
import { ownedSettings } from '../policies/traffic/owned-settings.ts';
import type { Reader } from '../reader.ts';
import { urlHostProblem } from './url-host.ts';

/**
 * Makes the Cluster of a server that a policy names by a URL; all but the settings of its policy follows from the name. Undefined when the operator
 * no longer allows the host: routes are about to leave it.
 */
export function clusterOfUrl(
  reader: Reader,
  name: string,
  identity: ClusterIdentity,
  host: string,
): ClusterIR | undefined {
  reader.expect([settingKey('backendHostnames'), settingKey('allowLoopbackEndpoints')]);
  if (urlHostProblem(reader, host) !== undefined) return undefined;
  const traffic = ownedSettings(reader, identity, host);
  if (traffic === 'absent') return undefined;
  const endpoint = { address: host, port: identity.port, hostname: host };
  return {
    name,
    endpoints: undefined,
    resolved: [{ zone: '', endpoints: [endpoint] }],
    statName: statName(identity),
    protocol: identity.protocol,
    tls: identity.tls && tlsTo(host),
    ...(traffic === undefined ? {} : { traffic }),
  };
}

function tlsTo(host: string): BackendTlsIR {
  return {
    serverName: host,
    authorities: undefined,
    trustsSystem: true,
    certificate: undefined,
    parameters: {},
    names: [{ type: 'Hostname', value: host }],
  };
}
