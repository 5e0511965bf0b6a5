import { backendService, clusterName } from '../../units/cluster-name.ts';
import type { ObjectName } from '../../units/unit-def.ts';
import { backendAsksForTls } from '../policies/backend-tls/in-force.ts';
import type { Reader } from '../reader.ts';
import { factsOf, isRefused } from './backend-facts.ts';
import type { BackendReferrer } from './backend-ref.ts';
import { invalid, isOfBytes, type BackendResult } from './backend-result.ts';

/**
 * Resolves a Backend by its facts, and not by its row: only what they say changes the Cluster that a route uses. Costs
 * O(1) reads.
 */
export function resolveObject(
  reader: Reader,
  from: BackendReferrer,
  { namespace, name }: ObjectName,
  path: string,
): BackendResult {
  const facts = factsOf(reader, namespace, name);
  const named = `Backend ${namespace}/${name}`;
  if (facts === undefined) return invalid('BackendNotFound', `${path}.name`, `${named} does not exist`);
  if (isRefused(reader, facts))
    return invalid('UnsupportedProtocol', `${path}.name`, `${named} is not accepted: its status says why`);
  if (from.protocol === 'udp' && (facts.has('names') || facts.has('unix'))) {
    const message = `${named}: a UDPRoute needs endpoints by IP address`;
    return invalid('UnsupportedProtocol', `${path}.name`, message);
  }
  const mayBeSecure = from.protocol !== 'udp' && from.isPassthrough !== true;
  const hasPolicy = mayBeSecure && backendAsksForTls(reader, { namespace, name });
  const isSecure = mayBeSecure && (facts.has('tls') || hasPolicy);
  if (facts.has('wss') && !isSecure && !isOfBytes(from.protocol)) {
    const message = `${named}: the protocol wss needs the field tls, or a BackendTLSPolicy`;
    return invalid('UnsupportedProtocol', `${path}.name`, message);
  }
  const cluster = clusterName({
    namespace,
    service: backendService(name),
    port: 0,
    protocol: from.protocol ?? (facts.has('http2') ? 'http2' : 'http1'),
    routingType: 'Endpoint',
    tls: isSecure ? { client: from.client } : undefined,
  });
  const needsHost = isSecure && !hasPolicy && facts.has('requestName') && !isOfBytes(from.protocol);
  return {
    kind: 'cluster',
    name: cluster,
    ...(facts.has('fallback') ? { isFallback: true } : {}),
    ...(needsHost ? { needsHost } : {}),
  };
}
