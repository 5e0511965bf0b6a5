import {
  Cluster_LbPolicy,
  type Cluster,
  type LoadBalancingPolicy,
} from '../../../proto/gen/envoy/config/cluster/v3/cluster.ts';
import { ClientSideWeightedRoundRobin } from '../../../proto/gen/envoy/extensions/load_balancing_policies/client_side_weighted_round_robin/v3/client_side_weighted_round_robin.ts';
import type { LocalityLbConfig } from '../../../proto/gen/envoy/extensions/load_balancing_policies/common/v3/common.ts';
import { LeastRequest } from '../../../proto/gen/envoy/extensions/load_balancing_policies/least_request/v3/least_request.ts';
import { Maglev } from '../../../proto/gen/envoy/extensions/load_balancing_policies/maglev/v3/maglev.ts';
import { OverrideHost } from '../../../proto/gen/envoy/extensions/load_balancing_policies/override_host/v3/override_host.ts';
import { Random } from '../../../proto/gen/envoy/extensions/load_balancing_policies/random/v3/random.ts';
import { RoundRobin } from '../../../proto/gen/envoy/extensions/load_balancing_policies/round_robin/v3/round_robin.ts';
import { WrrLocality } from '../../../proto/gen/envoy/extensions/load_balancing_policies/wrr_locality/v3/wrr_locality.ts';
import type { Any } from '../../../proto/gen/google/protobuf/any.ts';
import type { BalancerIR } from '../traffic-ir.ts';
import { any } from './any.ts';
import { duration } from './duration.ts';

/**
 * Returns the fields of a Cluster that choose an endpoint. Balancers that older fields can say keep these: other
 * bytes would replace all connections at an update of Sluice.
 */
export function loadBalancer(balancer: BalancerIR): Partial<Cluster> {
  const { kind, endpointHeaders } = balancer;
  if (kind !== 'BackendUtilization' && endpointHeaders.length === 0) return olderFields(kind, balancer);
  const chosen = policyOf(kind, balancer);
  return {
    lbPolicy: Cluster_LbPolicy.LOAD_BALANCING_POLICY_CONFIG,
    loadBalancingPolicy: endpointHeaders.length === 0 ? chosen : overrideHost(endpointHeaders, chosen),
  };
}

/** Locality weights of older fields: a `loadBalancingPolicy` has its own. */
export function localityFields(balancer: BalancerIR): Cluster['commonLbConfig'] {
  const { kind, isByZone, endpointHeaders } = balancer;
  if (!isByZone || kind === 'BackendUtilization' || endpointHeaders.length > 0) return undefined;
  return { localityConfigSpecifier: { $case: 'localityWeightedLbConfig', value: {} } };
}

type OlderKind = Exclude<BalancerIR['kind'], 'BackendUtilization'>;

function olderFields(kind: OlderKind, balancer: BalancerIR): Partial<Cluster> {
  const slowStart = slowStartOf(balancer);
  const isSlow = balancer.slowStartMs !== undefined;
  switch (kind) {
    case 'LeastRequest':
      return isSlow ? { lbConfig: { $case: 'leastRequestLbConfig', value: slowStart } } : {};
    case 'RoundRobin':
      return {
        lbPolicy: Cluster_LbPolicy.ROUND_ROBIN,
        ...(isSlow ? { lbConfig: { $case: 'roundRobinLbConfig', value: slowStart } } : {}),
      };
    case 'Random':
      return { lbPolicy: Cluster_LbPolicy.RANDOM };
    case 'ConsistentHash':
      return {
        lbPolicy: Cluster_LbPolicy.MAGLEV,
        lbConfig: { $case: 'maglevLbConfig', value: { tableSize: balancer.tableSize } },
      };
  }
}

function policyOf(kind: BalancerIR['kind'], balancer: BalancerIR): LoadBalancingPolicy {
  const { tableSize, isByZone } = balancer;
  const slowStart = slowStartOf(balancer);
  const locality = isByZone ? { localityLbConfig: byLocalityWeight } : {};
  switch (kind) {
    case 'LeastRequest':
      return policy('least_request', any(LeastRequest, { ...slowStart, ...locality }));
    case 'RoundRobin':
      return policy('round_robin', any(RoundRobin, { ...slowStart, ...locality }));
    case 'Random':
      return policy('random', any(Random, locality));
    case 'ConsistentHash':
      return policy(
        'maglev',
        any(Maglev, { tableSize, ...(isByZone ? { localityWeightedLbConfig: {} } : {}) }),
      );
    case 'BackendUtilization': {
      const byLoad = policy('client_side_weighted_round_robin', utilization(balancer));
      return isByZone ? policy('wrr_locality', any(WrrLocality, { endpointPickingPolicy: byLoad })) : byLoad;
    }
  }
}

function policy(name: string, typedConfig: Any): LoadBalancingPolicy {
  const typedExtensionConfig = { name: `envoy.load_balancing_policies.${name}`, typedConfig };
  return { policies: [{ typedExtensionConfig }] };
}

function overrideHost(headers: readonly string[], fallbackPolicy: LoadBalancingPolicy): LoadBalancingPolicy {
  const overrideHostSources = headers.map((header) => ({ header }));
  return policy('override_host', any(OverrideHost, { overrideHostSources, fallbackPolicy }));
}

function utilization(balancer: BalancerIR): Any {
  const given: Partial<NonNullable<BalancerIR['utilization']>> = balancer.utilization ?? {};
  const { blackoutPeriod, weightExpirationPeriod, weightUpdatePeriod, outOfBand } = given;
  const penalty = given.errorUtilizationPenaltyPercent;
  return any(ClientSideWeightedRoundRobin, {
    ...slowStartOf(balancer),
    ...(blackoutPeriod === undefined ? {} : { blackoutPeriod: duration(blackoutPeriod) }),
    ...(weightExpirationPeriod === undefined
      ? {}
      : { weightExpirationPeriod: duration(weightExpirationPeriod) }),
    ...(weightUpdatePeriod === undefined ? {} : { weightUpdatePeriod: duration(weightUpdatePeriod) }),
    ...(penalty === undefined ? {} : { errorUtilizationPenalty: penalty / 100 }),
    metricNamesForComputingUtilization: [...(given.metricNamesForComputingUtilization ?? [])],
    ...(outOfBand === undefined ? {} : askedReports(outOfBand)),
  });
}

type OutOfBandIR = NonNullable<NonNullable<BalancerIR['utilization']>['outOfBand']>;

function askedReports({
  reportingPeriod,
  port,
  authority,
}: OutOfBandIR): Partial<ClientSideWeightedRoundRobin> {
  const isOwn = port !== undefined || authority !== undefined;
  return {
    enableOobLoadReport: true,
    ...(reportingPeriod === undefined ? {} : { oobReportingPeriod: duration(reportingPeriod) }),
    ...(isOwn ? { oobReportingConfig: { portValue: port ?? 0, authority: authority ?? '' } } : {}),
  };
}

function slowStartOf({ slowStartMs }: BalancerIR) {
  return slowStartMs === undefined ? {} : { slowStartConfig: { slowStartWindow: duration(slowStartMs) } };
}

const byLocalityWeight: LocalityLbConfig = {
  localityConfigSpecifier: { $case: 'localityWeightedLbConfig', value: {} },
};
