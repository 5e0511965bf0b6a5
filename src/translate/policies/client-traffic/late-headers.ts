import type { HeaderChanges } from '../../../kinds/envoy-gateway/client-headers.ts';
import { routeTableName, type WholeGateway } from '../../attach/ownership.ts';
import { carriesHttp } from '../../listeners/protocol.ts';
import type { Reader } from '../../reader.ts';
import { portClients } from './listener-clients.ts';
import { expectPolicies, policyKey } from './port-policies.ts';

/**
 * Returns changes of response headers by table of routes: they come with the routes, so that an edit drains no connection.
 * Costs O(listeners) where the Gateway has a ClientTrafficPolicy.
 */
export function lateHeaders(reader: Reader, gateway: WholeGateway): ReadonlyMap<string, HeaderChanges> {
  const found = new Map<string, HeaderChanges>();
  const ports = gateway.ports.filter(({ byHostname }) => [...byHostname.values()].some(carriesHttp));
  const policies = expectPolicies(reader, gateway, ports).all;
  if (policies.length === 0) return found;
  reader.expect(policies.map(policyKey));
  for (const { transport, port, byHostname } of ports) {
    const clients = portClients(reader, gateway, { transport, port });
    for (const place of [...byHostname.values()].filter(carriesHttp)) {
      const spec = clients?.ofChain(place).policy?.spec;
      const changes = spec === 'invalid' ? undefined : spec?.headers?.lateResponseHeaders;
      if (changes !== undefined) found.set(routeTableName(gateway, place), changes);
    }
  }
  return found;
}
