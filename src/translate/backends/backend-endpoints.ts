import type { BackendEndpoint, BackendRow } from '../../kinds/envoy-gateway/backend.ts';
import type { EndpointIR, LocalityIR, NamedEndpointIR } from '../backend-ir.ts';

/** Groups the endpoints of a Backend by zone. Sorted, each once: an edit of their order changes nothing. O(n log n). */
export function localitiesOf({ spec }: BackendRow): LocalityIR[] {
  const zones = Map.groupBy(spec.endpoints, ({ zone = '' }) => zone);
  return [...zones].sort(byText).map(([zone, endpoints]) => ({
    zone,
    endpoints: [...new Map(endpoints.map((one) => [JSON.stringify(one), one]))]
      .sort(byText)
      .flatMap(([, one]) => endpointOf(one) ?? []),
  }));
}

/** Returns the endpoints with an IP address, each once and in order; undefined without a Backend. */
export function endpointsByAddress(row: BackendRow | undefined): EndpointIR[] | undefined {
  return (
    row &&
    localitiesOf(row).flatMap(({ endpoints }) =>
      endpoints.flatMap((one) => (one.path === undefined ? { address: one.address, port: one.port } : [])),
    )
  );
}

/** Returns the name of the backend in health checks: the first that an endpoint has. */
export function endpointName({ spec }: BackendRow): string | undefined {
  return spec.endpoints.map(nameOf).find((name) => name !== undefined);
}

function endpointOf(endpoint: BackendEndpoint): NamedEndpointIR | undefined {
  const { fqdn, ip, unix, hostname } = endpoint;
  if (unix !== undefined) return { path: unix.path, hostname };
  if (ip !== undefined) return { address: ip.address, port: ip.port, hostname };
  return fqdn && { address: fqdn.hostname, port: fqdn.port, hostname };
}

function nameOf({ fqdn, hostname }: BackendEndpoint): string | undefined {
  return hostname ?? fqdn?.hostname;
}

function byText([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
