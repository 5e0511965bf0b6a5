import type {
  BackendTrafficPolicyRow,
  TrafficSpec,
} from '../../../kinds/envoy-gateway/backend-traffic-policy.ts';
import { retryTriggers } from '../../../kinds/envoy-gateway/retry.ts';
import { splitResourceKey } from '../../../lib/key.ts';
import { isBytesRouteKind, type BytesRouteKind } from '../../../kinds/route-kind.ts';
import type { PlacedClaim } from '../attachment/ancestors.ts';
import { objectText } from '../attachment/policy-status.ts';
import { fieldsOfRequests, isKnownBalancer, isKnownFamily } from './cluster-traffic.ts';
import { lacksHostname } from './overrides.ts';
import { isKnownCompressor, isKnownUpgrade } from './route-settings.ts';
import { ignoredTracing } from './tracing.ts';

/** Lists fields and values of a policy that have no effect, with their paths. Leaving them out restricts nothing. */
export function leftOutOf({ spec, leftOut = [] }: BackendTrafficPolicyRow): string[] {
  return [...leftOut, ...unknownValues(spec)];
}

const ofConnections = [
  'loadBalancer',
  'proxyProtocol',
  'tcpKeepalive',
  'healthCheck',
  'circuitBreaker',
  'timeout',
  'connection',
  'dns',
  'routingType',
];

/** Fields that have an effect on routes below HTTP. */
const inForceAt: Readonly<Record<BytesRouteKind, readonly string[]>> = {
  TCPRoute: ofConnections,
  TLSRoute: ofConnections,
  UDPRoute: ['loadBalancer', 'dns', 'routingType'],
};

/** Fields of every policy, which say where it is in force. */
const general: ReadonlySet<string> = new Set([
  'targetRef',
  'targetRefs',
  'targetSelectors',
  'mergeType',
  'unreadable',
]);

/** Lists the fields of a policy that have no effect on the routes below HTTP that it targets; empty: none. */
export function withoutEffect(spec: TrafficSpec, claims: readonly PlacedClaim[]): string {
  const found = claims.flatMap(({ object }) => {
    const { kind } = splitResourceKey(object);
    if (!isBytesRouteKind(kind)) return [];
    const fields = fieldsWithoutEffect(spec, kind);
    return fields.length === 0 ? [] : [`${objectText(object)}: ${fields.join(', ')}`];
  });
  return [...new Set(found)].map((text) => `; without effect at ${text}`).join('');
}

function fieldsWithoutEffect(spec: TrafficSpec, kind: BytesRouteKind): string[] {
  const given = Object.entries(spec).flatMap(([field, value]) =>
    value === undefined || general.has(field) ? [] : [field],
  );
  const protocol = kind === 'UDPRoute' ? 'udp' : 'tcp';
  return [
    ...given.filter((field) => !inForceAt[kind].includes(field)).map((field) => `spec.${field}`),
    ...(protocol === 'tcp' && spec.timeout?.http !== undefined ? ['spec.timeout.http'] : []),
    ...fieldsOfRequests(spec.loadBalancer, protocol).map((field) => `spec.loadBalancer.${field}`),
  ];
}

function unknownValues({
  loadBalancer,
  connection,
  dns,
  retry,
  compression,
  compressor,
  httpUpgrade,
  responseOverride = [],
  telemetry,
}: TrafficSpec): string[] {
  const balancer = loadBalancer?.type ?? 'LeastRequest';
  return [
    ...(loadBalancer === undefined || isKnownBalancer(loadBalancer.type)
      ? []
      : [`spec.loadBalancer.type ${loadBalancer.type}`]),
    ...(loadBalancer?.slowStart !== undefined && ['Random', 'ConsistentHash'].includes(balancer)
      ? [`spec.loadBalancer.slowStart with type ${balancer}`]
      : []),
    // Envoy opens connections ahead only where it knows the next endpoint.
    ...(connection?.preconnect?.predictivePercent !== undefined &&
    !['Random', 'RoundRobin'].includes(balancer)
      ? [`spec.connection.preconnect.predictivePercent with loadBalancer.type ${balancer}`]
      : []),
    ...(dns?.lookupFamily === undefined || isKnownFamily(dns.lookupFamily)
      ? []
      : [`spec.dns.lookupFamily ${dns.lookupFamily}`]),
    ...responseOverride.flatMap(({ redirect }, i) =>
      lacksHostname(redirect) ? [`spec.responseOverride[${i}].redirect.port without a hostname`] : [],
    ),
    ...ignoredTracing(telemetry?.tracing, 'spec.telemetry.tracing'),
    ...unknown(
      retry?.retryOn?.triggers ?? [],
      (trigger) => retryTriggers.has(trigger),
      'retry.retryOn.triggers',
    ),
    ...unknown(typesOf(compression), isKnownCompressor, 'compression', '.type'),
    ...unknown(typesOf(compressor), isKnownCompressor, 'compressor', '.type'),
    ...unknown(typesOf(httpUpgrade), isKnownUpgrade, 'httpUpgrade', '.type'),
  ];
}

function typesOf(items: readonly { readonly type: string }[] = []): string[] {
  return items.map(({ type }) => type);
}

function unknown(
  values: readonly string[],
  isKnown: (value: string) => boolean,
  path: string,
  field = '',
): string[] {
  return values.flatMap((value, i) => (isKnown(value) ? [] : [`spec.${path}[${i}]${field} ${value}`]));
}
