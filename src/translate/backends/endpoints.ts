import { resourceKey, splitResourceKey } from '../../lib/key.ts';
import {
  backendOf,
  endpointsName,
  parseEndpointsName,
  type EndpointsIdentity,
} from '../../units/cluster-name.ts';
import type { TransportProtocol } from '../../units/transport-protocol.ts';
import { parseWeightedEndpoints } from '../../units/weighted-endpoints.ts';
import type { EndpointSliceRow } from '../../kinds/core/endpoint-slice.ts';
import { slicesOfService } from '../../kinds/indexes.ts';
import { addressScope } from '../../kinds/shape/address-scope.ts';
import { parseIPv4, parseIPv6, type IpWords } from '../../kinds/shape/ip.ts';
import type {
  ClusterLoadAssignmentIR,
  EndpointIR,
  LocalAssignmentIR,
  WeightedAssignmentIR,
} from '../backend-ir.ts';
import { settingKey } from '../../kinds/own/settings-key.ts';
import { setting, type Reader } from '../reader.ts';
import { localitiesOf, endpointsByAddress } from './backend-endpoints.ts';
import { acceptedBackend } from './backend-facts.ts';
import { serviceIP, servicePort } from './backend-ref.ts';

/**
 * Returns the ready endpoints of a Service's port; without any, those that terminate and still serve: a rollout does not
 * answer 503 while a pod can answer.
 * https://kubernetes.io/docs/reference/networking/virtual-ips/#traffic-to-terminating-endpoints
 * Undefined without the Service or its port: routes leave the Cluster, but endpoints are faster, and an empty assignment
 * would answer 503 until then.
 */
export function translateEndpoints(
  reader: Reader,
  name: string,
): ClusterLoadAssignmentIR | LocalAssignmentIR | undefined {
  const { options, ...identity } = parseEndpointsName(name);
  const backend = backendOf(identity);
  if (backend !== undefined) {
    const row = acceptedBackend(reader, identity.namespace, backend);
    return row && { name, localities: localitiesOf(row), options };
  }
  const endpoints = readEndpoints(reader, identity, 'TCP', options?.zones !== undefined);
  return endpoints && { name, endpoints, ...(options === undefined ? {} : { options }) };
}

/** Makes the endpoints of several Services. One that is missing has none. Costs O(endpoints of all). */
export function translateWeightedEndpoints(reader: Reader, name: string): WeightedAssignmentIR {
  const { backends } = parseWeightedEndpoints(name);
  return {
    name,
    backends: backends.map(({ of, weight }) => ({
      name: of === undefined ? '' : endpointsName(of),
      weight,
      endpoints: of && (readEndpoints(reader, of, 'UDP') ?? []),
    })),
  };
}

function readEndpoints(
  reader: Reader,
  of: EndpointsIdentity,
  protocol: TransportProtocol,
  withZones = false,
): EndpointIR[] | undefined {
  const { namespace, service: serviceName, port, routingType } = of;
  const backend = backendOf(of);
  if (backend !== undefined) return endpointsByAddress(acceptedBackend(reader, namespace, backend));
  if (routingType === 'Service') return serviceEndpoint(reader, of, protocol);
  const index = slicesOfService(namespace, serviceName);
  reader.expect([
    settingKey('allowLoopbackEndpoints'),
    resourceKey('Service', namespace, serviceName),
    index,
  ]);
  const allowLoopback = setting(reader, 'allowLoopbackEndpoints') === true;
  const service = reader.row('Service', namespace, serviceName);
  const keys = reader.index(index);
  reader.expect(keys);
  const slices = keys.flatMap(
    (key) => reader.row('EndpointSlice', namespace, splitResourceKey(key).name) ?? [],
  );
  const named = servicePort(service?.spec.ports ?? [], port, protocol);
  if (named === undefined) return undefined;
  const from = { slices, portName: named.name, allowLoopback, withZones };
  const ready = select(from, (endpoint) => endpoint.ready);
  const endpoints =
    ready.length > 0 ? ready : select(from, ({ serving, terminating }) => serving && terminating);
  return slices.length > 1 ? sortedOnce(endpoints) : endpoints;
}

/** Kubernetes knows which pods are ready. Also undefined when the Service has become headless. */
function serviceEndpoint(
  reader: Reader,
  { namespace, service: serviceName, port }: EndpointsIdentity,
  protocol: TransportProtocol,
): EndpointIR[] | undefined {
  reader.expect([settingKey('allowLoopbackEndpoints'), resourceKey('Service', namespace, serviceName)]);
  const allowLoopback = setting(reader, 'allowLoopbackEndpoints') === true;
  const service = reader.row('Service', namespace, serviceName);
  const address = service === undefined ? undefined : serviceIP(service);
  if (address === undefined || servicePort(service?.spec.ports ?? [], port, protocol) === undefined)
    return undefined;
  return isUsable(address, allowLoopback) ? [{ address, port }] : [];
}

type Condition = (endpoint: EndpointSliceRow['endpoints'][number]) => boolean;

interface Selection {
  readonly slices: readonly EndpointSliceRow[];
  readonly portName: string;
  readonly allowLoopback: boolean;
  readonly withZones: boolean;
}

function select(
  { slices, portName, allowLoopback, withZones }: Selection,
  condition: Condition,
): EndpointIR[] {
  const found: EndpointIR[] = [];
  for (const slice of slices) {
    if (slice.ipVersion === undefined) continue;
    for (const { name, port } of slice.ports) {
      if (name !== portName) continue;
      for (const endpoint of slice.endpoints) {
        if (!condition(endpoint) || !isUsable(endpoint.address, allowLoopback)) continue;
        const { address, zone } = endpoint;
        found.push(withZones ? { address, port, zone } : { address, port });
      }
    }
  }
  return found;
}

/** Refuses addresses by which a tenant would reach the proxy's admin port or the node's metadata service. */
function isUsable(address: string, allowLoopback: boolean): boolean {
  const scope = addressScope(address);
  return scope === 'routable' || (scope === 'loopback' && allowLoopback);
}

/** Sorts independently of the slices' order: endpoints that move between slices change nothing. */
function sortedOnce(endpoints: readonly EndpointIR[]): EndpointIR[] {
  const keyed = endpoints.map((endpoint) => ({ endpoint, words: wordsOf(endpoint.address) }));
  keyed.sort(compare);
  const found: EndpointIR[] = [];
  let before: Keyed | undefined;
  for (const entry of keyed) {
    if (before === undefined || compare(before, entry) !== 0) found.push(entry.endpoint);
    before = entry;
  }
  return found;
}

interface Keyed {
  readonly endpoint: EndpointIR;
  readonly words: IpWords;
}

/** Sorts by number, as slices are sorted, so that sorting is a merge. */
function compare(a: Keyed, b: Keyed): number {
  for (let i = 0; i < 4; i++) {
    const difference = (a.words[i] ?? 0) - (b.words[i] ?? 0);
    if (difference !== 0) return difference;
  }
  // An IPv4 address and its IPv6-mapped form have the same number.
  if (a.endpoint.address !== b.endpoint.address) return a.endpoint.address < b.endpoint.address ? -1 : 1;
  return a.endpoint.port - b.endpoint.port;
}

function wordsOf(address: string): IpWords {
  const word = parseIPv4(address);
  return word === undefined ? (parseIPv6(address) ?? [0, 0, 0, 0]) : [0, 0, 0, word];
}
