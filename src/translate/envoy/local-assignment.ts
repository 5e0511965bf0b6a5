import { ClusterLoadAssignment } from '../../../proto/gen/envoy/config/endpoint/v3/endpoint.ts';
import type { LocalityLbEndpoints } from '../../../proto/gen/envoy/config/endpoint/v3/endpoint_components.ts';
import { HealthStatus } from '../../../proto/gen/envoy/config/core/v3/health_check.ts';
import type { Address } from '../../../proto/gen/envoy/config/core/v3/address.ts';
import type { EndpointOptionsIR } from '../traffic-ir.ts';
import type { LocalAssignmentIR, LocalityIR, NamedEndpointIR } from '../backend-ir.ts';
import { weightField, weightOf } from './endpoint.ts';
import { resource, type EncodedResource } from './resource.ts';

/** Encodes endpoints by zone. Costs O(endpoints), of which a Backend has 256 at most. */
export function localAssignmentResource({
  name,
  localities: own,
  options,
}: LocalAssignmentIR): EncodedResource {
  return resource(ClusterLoadAssignment, name, { clusterName: name, endpoints: localities(own, options) });
}

export function localities(
  zones: readonly LocalityIR[],
  { checkPort, zones: weights }: EndpointOptionsIR = {},
): LocalityLbEndpoints[] {
  return zones.map(({ zone, endpoints }) => ({
    ...(zone === '' ? {} : { locality: { zone } }),
    ...(weights === undefined ? {} : weightField(weightOf(weights, zone))),
    lbEndpoints: endpoints.map((endpoint) => ({
      hostIdentifier: {
        $case: 'endpoint',
        value: {
          address: { address: addressOf(endpoint) },
          ...(endpoint.hostname === undefined ? {} : { hostname: endpoint.hostname }),
          ...(checkPort === undefined ? {} : { healthCheckConfig: { portValue: checkPort } }),
        },
      },
      healthStatus: HealthStatus.HEALTHY,
    })),
  }));
}

function addressOf(endpoint: NamedEndpointIR): NonNullable<Address['address']> {
  if (endpoint.path !== undefined) return { $case: 'pipe', value: { path: endpoint.path } };
  const { address, port } = endpoint;
  return { $case: 'socketAddress', value: { address, portSpecifier: { $case: 'portValue', value: port } } };
}
