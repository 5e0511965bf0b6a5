import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { RouteConfiguration } from '../../../proto/gen/envoy/config/route/v3/route.ts';
import { VirtualHost } from '../../../proto/gen/envoy/config/route/v3/route_components.ts';
import { contentHash } from '../../lib/hash.ts';
import type { VirtualHostIR } from '../ir.ts';
import { encode } from './any.ts';
import { resource, type EncodedResource } from './resource.ts';
import { routes as envoyRoutes } from './route.ts';

/**
 * A RouteConfiguration without its virtual hosts. Append the fragments' bytes, in order of domain, and it is whole:
 * protobuf lets a repeated field stand anywhere in its message.
 */
export function routeConfigurationResource(name: string): EncodedResource {
  return resource(RouteConfiguration, name, {
    name,
    // A listener's port may be mapped to another one on the way, so the Host header's port says nothing.
    ignorePortInHostMatching: true,
  });
}

/** One VirtualHost as a whole field of its RouteConfiguration: tag, length, value. */
export interface EncodedVirtualHost {
  readonly routeConfiguration: string;
  readonly domain: string;
  readonly version: string;
  readonly bytes: Uint8Array;
}

export function virtualHostFragment({
  routeConfiguration,
  domain,
  routes,
}: VirtualHostIR): EncodedVirtualHost {
  const message = encode(VirtualHost, {
    name: domain,
    domains: [domain],
    routes: routes.flatMap(envoyRoutes),
  });
  const bytes = new BinaryWriter().uint32(fieldVirtualHosts).bytes(message).finish();
  return { routeConfiguration, domain, version: contentHash(bytes), bytes };
}

/** `RouteConfiguration.virtual_hosts` as a protobuf tag. */
const fieldVirtualHosts = (2 << 3) | 2;
