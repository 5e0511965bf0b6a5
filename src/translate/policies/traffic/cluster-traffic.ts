import type { ClusterSettings } from '../../../kinds/envoy-gateway/cluster-settings.ts';
import type { LoadBalancer } from '../../../kinds/envoy-gateway/load-balancer.ts';
import type { BackendProtocol } from '../../../units/cluster-name.ts';
import type { EndpointOptions } from '../../../units/endpoint-options.ts';
import type { BalancerIR, ClusterTrafficIR, DnsIR } from '../../traffic-ir.ts';

/** Settings of connections, wherever an object has them. */
export interface ConnectionSettings extends ClusterSettings {
  readonly useClientProtocol?: boolean | undefined;
}

/** Returns true when the settings say more about connections than the defaults, so that they need clusters of their own. */
export function hasClusterSettings(settings: ConnectionSettings): boolean {
  const { tcp, http } = settings.timeout ?? {};
  return [
    settings.loadBalancer,
    settings.proxyProtocol,
    settings.tcpKeepalive,
    settings.healthCheck,
    settings.circuitBreaker,
    settings.connection,
    settings.dns,
    settings.http2,
    settings.useClientProtocol,
    tcp?.connectTimeout,
    http?.connectionIdleTimeout,
    http?.maxConnectionDuration,
  ].some((setting) => setting !== undefined);
}

/** Resolves settings for a Cluster, of which `host` is the name in health checks. */
export function clusterTrafficOf(
  settings: ConnectionSettings,
  host: string,
  protocol: BackendProtocol = 'http1',
): ClusterTrafficIR {
  const { tcp, http } = settings.timeout ?? {};
  return {
    balancer: balancerOf(settings.loadBalancer, protocol),
    endpointOptions: endpointOptions(settings),
    active: settings.healthCheck?.active,
    host,
    passive: settings.healthCheck?.passive,
    panicPercent: settings.healthCheck?.panicThreshold,
    breaker: settings.circuitBreaker,
    connectMs: tcp?.connectTimeout,
    idleMs: http?.connectionIdleTimeout,
    maxConnectionMs: http?.maxConnectionDuration,
    maxRequests: settings.circuitBreaker?.maxRequestsPerConnection,
    bufferBytes: settings.connection?.bufferLimit,
    socketBytes: settings.connection?.socketBufferLimit,
    preconnect: settings.connection?.preconnect,
    keepalive: settings.tcpKeepalive,
    proxyProtocol: settings.proxyProtocol?.version,
    dns: dnsOf(settings.dns),
    http2: settings.http2,
    usesClientProtocol: settings.useClientProtocol === true,
  };
}

const balancers = ['LeastRequest', 'RoundRobin', 'Random', 'ConsistentHash', 'BackendUtilization'] as const;

export function isKnownBalancer(type: string): boolean {
  return balancers.some((known) => known === type);
}

/**
 * Lists fields of a load balancer that need requests, for backends of which Envoy knows only the bytes. The address of a
 * client is all that it can hash of a connection, and nothing of a datagram.
 */
export function fieldsOfRequests(balancer: LoadBalancer | undefined, protocol: BackendProtocol): string[] {
  if (balancer === undefined || (protocol !== 'tcp' && protocol !== 'udp')) return [];
  const { type, consistentHash, endpointOverride } = balancer;
  const isHashed = protocol === 'tcp' && consistentHash?.type === 'SourceIP';
  return [
    ...(type === 'ConsistentHash' && !isHashed ? ['consistentHash'] : []),
    ...(type === 'BackendUtilization' ? ['backendUtilization'] : []),
    ...(endpointOverride === undefined ? [] : ['endpointOverride']),
  ];
}

/** A type that needs requests is LeastRequest, the default, where there are none. */
export function balancerOf(given: LoadBalancer | undefined, protocol: BackendProtocol): BalancerIR {
  const lacks = fieldsOfRequests(given, protocol);
  const isWhole = !lacks.includes('consistentHash') && !lacks.includes('backendUtilization');
  const balancer = given && {
    ...given,
    type: isWhole ? given.type : 'LeastRequest',
    endpointOverride: lacks.includes('endpointOverride') ? undefined : given.endpointOverride,
  };
  const kind = balancers.find((known) => known === balancer?.type) ?? 'LeastRequest';
  return {
    kind,
    slowStartMs: balancer?.slowStart?.window,
    tableSize: balancer?.consistentHash?.tableSize ?? 65_537,
    utilization: kind === 'BackendUtilization' ? balancer?.backendUtilization : undefined,
    endpointHeaders: (balancer?.endpointOverride?.extractFrom ?? []).flatMap(({ header }) => header ?? []),
    isByZone: balancer?.zoneAware?.weightedZones !== undefined,
  };
}

const families = ['IPv4', 'IPv6', 'IPv4Preferred', 'IPv6Preferred', 'IPv4AndIPv6'] as const;

export function isKnownFamily(family: string): boolean {
  return families.some((known) => known === family);
}

function dnsOf({
  dnsRefreshRate,
  respectDnsTtl,
  lookupFamily,
}: NonNullable<ClusterSettings['dns']> = {}): DnsIR {
  const family = families.find((known) => known === lookupFamily);
  return { refreshMs: dnsRefreshRate, respectsTtl: respectDnsTtl, family };
}

function endpointOptions({ loadBalancer, healthCheck }: ConnectionSettings): EndpointOptions | undefined {
  const checkPort = healthCheck?.active?.overrides?.port;
  const zones = loadBalancer?.zoneAware?.weightedZones?.toSorted((a, b) => (a.zone < b.zone ? -1 : 1));
  if (checkPort === undefined && zones === undefined) return undefined;
  return { ...(checkPort === undefined ? {} : { checkPort }), ...(zones === undefined ? {} : { zones }) };
}
