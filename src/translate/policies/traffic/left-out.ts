import type {
  BackendTrafficPolicyRow,
  TrafficSpec,
} from '../../../kinds/envoy-gateway/backend-traffic-policy.ts';
import { retryTriggers } from '../../../kinds/envoy-gateway/retry.ts';
import { isKnownBalancer } from './cluster-traffic.ts';
import { lacksHostname } from './overrides.ts';
import { isKnownCompressor, isKnownUpgrade } from './route-settings.ts';
import { ignoredTracing } from './tracing.ts';

/** Lists fields and values of a policy that have no effect, with their paths. Leaving them out restricts nothing. */
export function leftOutOf({ spec, leftOut = [] }: BackendTrafficPolicyRow): string[] {
  return [...leftOut, ...unknownValues(spec)];
}

function unknownValues({
  loadBalancer,
  connection,
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
