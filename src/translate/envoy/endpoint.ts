import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { ClusterLoadAssignment } from '../../../proto/gen/envoy/config/endpoint/v3/endpoint.ts';
import {
  LbEndpoint,
  type LocalityLbEndpoints,
} from '../../../proto/gen/envoy/config/endpoint/v3/endpoint_components.ts';
import { HealthStatus } from '../../../proto/gen/envoy/config/core/v3/health_check.ts';
import type { ClusterLoadAssignmentIR, EndpointIR, WeightedAssignmentIR } from '../backend-ir.ts';
import type { EndpointOptionsIR } from '../traffic-ir.ts';
import { encode } from './any.ts';
import { resource, resourceOfBytes, type EncodedResource } from './resource.ts';

/**
 * Encodes an empty ClusterLoadAssignment and never a missing one: a proxy keeps its endpoints when EDS removes the
 * resource. Joins the bytes of single endpoints; a test compares them with the plain encoder.
 */
export function loadAssignmentResource(assignment: ClusterLoadAssignmentIR): EncodedResource {
  const { name, endpoints, options } = assignment;
  if (options !== undefined) return optionedResource(name, endpoints, options);
  const fragments: Uint8Array[] = [];
  let length = 0;
  for (const endpoint of endpoints) {
    const fragment = lbEndpointField(endpoint);
    fragments.push(fragment);
    length += fragment.length;
  }
  const header = new BinaryWriter().uint32(fieldClusterName).string(name);
  if (endpoints.length > 0) header.uint32(fieldEndpoints).uint32(length);
  const head = header.finish();
  const bytes = new Uint8Array(head.length + length);
  bytes.set(head);
  let offset = head.length;
  for (const fragment of fragments) {
    bytes.set(fragment, offset);
    offset += fragment.length;
  }
  return resourceOfBytes(ClusterLoadAssignment, name, bytes);
}

/** Encodes endpoints for the clusters of a policy that asks for more: by zone, or with another port for health checks. */
function optionedResource(
  name: string,
  endpoints: readonly EndpointIR[],
  { checkPort, zones }: EndpointOptionsIR,
): EncodedResource {
  const messages = (of: readonly EndpointIR[]) =>
    of.map((endpoint) => lbEndpoint({ ...endpoint, checkPort }));
  const localities: LocalityLbEndpoints[] =
    zones === undefined
      ? [{ lbEndpoints: messages(endpoints) }]
      : byZone(endpoints).map(([zone, of]) => ({
          locality: { zone },
          lbEndpoints: messages(of),
          ...weightField(weightOf(zones, zone)),
        }));
  const message = { clusterName: name, endpoints: endpoints.length === 0 ? [] : localities };
  return resource(ClusterLoadAssignment, name, message);
}

/** Zones that a policy does not name weigh 1. */
export function weightOf(zones: NonNullable<EndpointOptionsIR['zones']>, zone: string): number {
  return zones.find((weighted) => weighted.zone === zone)?.weight ?? 1;
}

/** A weight of 0 is an absent one to Envoy. */
export function weightField(weight: number): Pick<LocalityLbEndpoints, 'loadBalancingWeight'> {
  return weight === 0 ? {} : { loadBalancingWeight: weight };
}

/** Sorts zones, so that an endpoint that comes first changes no order. */
function byZone(endpoints: readonly EndpointIR[]): [string, EndpointIR[]][] {
  const found = new Map<string, EndpointIR[]>();
  for (const endpoint of endpoints) {
    const zone = endpoint.zone ?? '';
    const of = found.get(zone);
    if (of === undefined) found.set(zone, [endpoint]);
    else of.push(endpoint);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Makes the plain message of an endpoint, for the generated encoder. */
export function lbEndpoint({
  address,
  port,
  checkPort,
}: EndpointIR & Pick<EndpointOptionsIR, 'checkPort'>): LbEndpoint {
  const socketAddress = { address, portSpecifier: { $case: 'portValue', value: port } } as const;
  return {
    hostIdentifier: {
      $case: 'endpoint',
      value: {
        address: { address: { $case: 'socketAddress', value: socketAddress } },
        ...(checkPort === undefined ? {} : { healthCheckConfig: { portValue: checkPort } }),
      },
    },
    healthStatus: HealthStatus.HEALTHY,
  };
}

/** Protobuf tags of `ClusterLoadAssignment.cluster_name`, `.endpoints` and `LocalityLbEndpoints.lb_endpoints`. */
const fieldClusterName = (1 << 3) | 2;
const fieldEndpoints = (2 << 3) | 2;
const fieldLbEndpoints = (2 << 3) | 2;

/** 100,000 take about 20 MB a worker, a large cluster; a worker that sees more starts over, at a microsecond each. */
const maxMemoEntries = 100_000;
const memo = new Map<number, Map<string, Uint8Array>>();
let memoEntries = 0;

function lbEndpointField(endpoint: EndpointIR): Uint8Array {
  const known = memo.get(endpoint.port)?.get(endpoint.address);
  if (known !== undefined) return known;
  const message = encode(LbEndpoint, lbEndpoint(endpoint));
  const bytes = new BinaryWriter().uint32(fieldLbEndpoints).bytes(message).finish();
  if (memoEntries >= maxMemoEntries) {
    memo.clear();
    memoEntries = 0;
  }
  const byAddress = memo.get(endpoint.port) ?? new Map<string, Uint8Array>();
  memo.set(endpoint.port, byAddress.set(endpoint.address, bytes));
  memoEntries++;
  return bytes;
}

/**
 * Encodes the endpoints of several backends, each a locality whose weight is its share. That of an invalid backend goes to
 * an endpoint that never answers: the share of a locality without endpoints would go to the others.
 */
export function weightedAssignmentResource({ name, backends }: WeightedAssignmentIR): EncodedResource {
  const message: ClusterLoadAssignment = {
    clusterName: name,
    endpoints: backends.map((backend) => ({
      locality: { subZone: backend.name },
      lbEndpoints: (backend.endpoints ?? [discard]).map(lbEndpoint),
      loadBalancingWeight: backend.weight,
    })),
  };
  return resource(ClusterLoadAssignment, name, message);
}

/** Port of the discard protocol, which no program of a proxy's pod serves. */
const discard: EndpointIR = { address: '127.0.0.1', port: 9 };
