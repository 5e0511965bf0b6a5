import { isIP } from 'node:net';
import { isLoopback } from '../../kinds/envoy-gateway/backend.ts';
import { setting, type Reader } from '../reader.ts';

/**
 * Returns the reason why proxies may not connect to the host of a parsed URL; undefined: they may. A tenant reaches no more by
 * it than by a Backend of that name, and no address: certificates are for names.
 */
export function urlHostProblem(reader: Reader, host: string): string | undefined {
  if (isIP(host.replaceAll(/[[\]]/g, '')) !== 0) return 'has an IP address, and must have a DNS name';
  if (host.length > 253 || !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(host))
    return 'must have a DNS name';
  if (setting(reader, 'backendHostnames') !== true)
    return 'has a name, and a name may lead anywhere, which the option translate.backends.hostnames allows';
  const isOwn = isLoopback({ fqdn: { hostname: host, port: 0 }, ip: undefined });
  if (isOwn && setting(reader, 'allowLoopbackEndpoints') !== true)
    return "is on the proxy's own host, which the option translate.allowLoopbackEndpoints allows";
  return undefined;
}
