import { decodeEndpointSlice as decodeFlat, encodeEndpointSlice } from '../../flat/endpoint-slice.ts';
import type { FlatEndpoint, FlatPort } from '../../flat/endpoint-slice.ts';
import { resourceKey } from '../../lib/key.ts';
import { identityOf, record } from '../identity.ts';
import { identifier } from '../shape/identifier.ts';
import { slicesOfService } from '../indexes.ts';
import type { KindDef } from '../kind-def.ts';
import { formatIPv4, formatIPv6, parseIPv4, parseIPv6, type IpWords } from '../shape/ip.ts';
import type { ParsedRow, Problem } from '../row.ts';

/** Trimmed EndpointSlice. Its bytes are the `EndpointSliceRow` table of `proto/batch.fbs`, not JSON. */
export interface EndpointSliceRow {
  /** Undefined for another type of addresses, which Envoy cannot use. */
  readonly ipVersion: 4 | 6 | undefined;
  readonly endpoints: readonly Endpoint[];
  readonly ports: readonly { readonly name: string; readonly port: number }[];
}

interface Endpoint {
  readonly address: string;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  /** Undefined: not known. */
  readonly zone?: string | undefined;
}

/**
 * Makes a sorted row without duplicates: a new order alone changes nothing. Checks by hand, as it runs for every endpoint
 * of the cluster. Drops what Envoy cannot use: a garbled address, a port without a number, SCTP. An unusable type
 * of addresses is a problem, as the Service then has no endpoints from the slice.
 */
export function parseEndpointSlice(manifest: unknown): ParsedRow {
  const object = record(manifest);
  if (object === undefined) return invalid({ path: '', message: 'must be a Kubernetes object' });
  const found = identityOf(object, 'namespaced');
  if (found.kind === 'invalid') return invalid(found.problem);
  const { namespace, name } = found.identity;
  const key = resourceKey('EndpointSlice', namespace, name);
  const ipVersion = ipVersions.get(object['addressType']) ?? 0;
  const endpoints = list(object['endpoints']);
  const ports = list(object['ports']);
  const service = serviceOf(object);
  const zones = zonesOf(endpoints);
  const bytes = encodeEndpointSlice({
    ipVersion,
    // Part of the bytes: a slice that moves to another Service is another row, even with equal endpoints.
    service: service ?? '',
    endpoints: endpointsOf(endpoints, ipVersion, zones),
    ports: portsOf(ports),
    zones,
  });
  const indexes = service === undefined ? [] : [slicesOfService(namespace, service)];
  const changedAtMs = changeTime(object);
  const row = {
    key,
    bytes,
    indexes,
    units: [],
    follow: [],
    ...(changedAtMs === undefined ? {} : { changedAtMs }),
  };
  return { kind: 'row', row, ...(ipVersion === 0 ? { problems: [noAddresses] } : {}) };
}

export function decodeEndpointSlice(bytes: Uint8Array): EndpointSliceRow {
  const slice = decodeFlat(bytes);
  return {
    ipVersion: slice.ipVersion === 0 ? undefined : slice.ipVersion,
    endpoints: slice.endpoints.map(({ words, conditions, zone }) => ({
      address: slice.ipVersion === 6 ? formatIPv6(words) : formatIPv4(words[3]),
      ready: (conditions & ready) !== 0,
      serving: (conditions & serving) !== 0,
      terminating: (conditions & terminating) !== 0,
      ...(zone === 0 ? {} : { zone: slice.zones[zone - 1] }),
    })),
    ports: slice.ports,
  };
}

/** Rows are not JSON: see {@link EndpointSliceRow}. */
export const endpointSliceKind = {
  group: 'discovery.k8s.io',
  kind: 'EndpointSlice',
  versions: ['v1'],
  plural: 'endpointslices',
  scope: 'namespaced',
  role: 'support',
  parse: parseEndpointSlice,
  decode: decodeEndpointSlice,
} as const satisfies KindDef & { readonly decode: unknown };

const ipVersions: ReadonlyMap<unknown, 4 | 6> = new Map<unknown, 4 | 6>([
  ['IPv4', 4],
  ['IPv6', 6],
]);

const noAddresses: Problem = {
  path: 'addressType',
  message: 'must be IPv4 or IPv6: no endpoint of another type is used',
};

const protocols: ReadonlySet<unknown> = new Set(['TCP', 'UDP']);

const ready = 1;
const serving = 2;
const terminating = 4;

function serviceOf(object: Readonly<Record<string, unknown>>): string | undefined {
  const service = record(record(object['metadata'])?.['labels'])?.['kubernetes.io/service-name'];
  return typeof service === 'string' && identifier.subdomain.test(service) ? service : undefined;
}

/** Reads the time at which Kubernetes' endpoints controller saw what changed the endpoints. */
function changeTime(object: Readonly<Record<string, unknown>>): number | undefined {
  const annotations = record(record(object['metadata'])?.['annotations']);
  const time = annotations?.['endpoints.kubernetes.io/last-change-trigger-time'];
  if (typeof time !== 'string' || !timestamp.test(time)) return undefined;
  const milliseconds = Date.parse(time);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

/** As Kubernetes writes it, with up to nanoseconds. */
const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

/** Lists the zones that endpoints name, sorted. More than 255 have no number, and are as none. */
function zonesOf(items: readonly unknown[]): string[] {
  const zones = new Set<string>();
  for (const item of items) {
    const zone = zoneOf(record(item));
    if (zone !== undefined) zones.add(zone);
  }
  return [...zones].sort().slice(0, 255);
}

function zoneOf(endpoint: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const zone = endpoint?.['zone'];
  return typeof zone === 'string' && zone !== '' && zone.length <= 63 ? zone : undefined;
}

function endpointsOf(
  items: readonly unknown[],
  ipVersion: 4 | 6 | 0,
  zones: readonly string[],
): FlatEndpoint[] {
  const endpoints: FlatEndpoint[] = [];
  for (const item of items) {
    const endpoint = record(item);
    const addresses = endpoint?.['addresses'];
    // All addresses of an endpoint lead to the same place; the API says to use the first.
    const address: unknown = Array.isArray(addresses) ? addresses[0] : undefined;
    if (typeof address !== 'string') continue;
    const words = wordsOf(address, ipVersion);
    if (words === undefined) continue;
    const zone = zones.indexOf(zoneOf(endpoint) ?? '') + 1;
    endpoints.push({ words, conditions: conditionsOf(endpoint?.['conditions']), zone });
  }
  endpoints.sort(byAddressThenBest);
  return endpoints.filter((endpoint, i) => i === 0 || compareWords(endpoint, endpoints[i - 1]) !== 0);
}

function wordsOf(address: string, ipVersion: 4 | 6 | 0): IpWords | undefined {
  if (ipVersion === 6) return parseIPv6(address);
  const word = ipVersion === 4 ? parseIPv4(address) : undefined;
  return word === undefined ? undefined : [0, 0, 0, word];
}

/** Follows https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#conditions, defaults included. */
function conditionsOf(value: unknown): number {
  const conditions = record(value);
  const isReady = conditions?.['ready'] !== false;
  const isServing = (conditions?.['serving'] ?? isReady) === true;
  const isTerminating = conditions?.['terminating'] === true;
  return (isReady ? ready : 0) | (isServing ? serving : 0) | (isTerminating ? terminating : 0);
}

function compareWords(a: FlatEndpoint, b: FlatEndpoint | undefined): number {
  if (b === undefined) return 1;
  const [a0, a1, a2, a3] = a.words;
  const [b0, b1, b2, b3] = b.words;
  return a0 - b0 || a1 - b1 || a2 - b2 || a3 - b3;
}

/** Puts the endpoint that can take the most traffic first among those of one address: it stays. */
function byAddressThenBest(a: FlatEndpoint, b: FlatEndpoint): number {
  return compareWords(a, b) || rank(b.conditions) - rank(a.conditions);
}

function rank(conditions: number): number {
  return (conditions & ready) * 4 + (conditions & serving) - (conditions & terminating) / 4;
}

function portsOf(items: readonly unknown[]): FlatPort[] {
  const ports = new Map<string, number>();
  for (const item of items) {
    const entry = record(item);
    const name = entry?.['name'] ?? '';
    const port = entry?.['port'];
    // Names are unique in a slice, whatever the protocol.
    if (typeof name !== 'string' || typeof port !== 'number') continue;
    if (!protocols.has(entry?.['protocol'] ?? 'TCP')) continue;
    if (!Number.isInteger(port) || port < 1 || port > 65_535) continue;
    ports.set(name, Math.min(port, ports.get(name) ?? port));
  }
  return [...ports].map(([name, port]) => ({ name, port })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function invalid(problem: Problem): ParsedRow {
  return { kind: 'invalid', problems: [problem] };
}
