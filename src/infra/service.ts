import type { EnvoyProxyRow } from '../kinds/envoy-gateway/envoy-proxy.ts';
import type { Infrastructure } from '../kinds/own/infrastructure.ts';
import { IpRanges } from '../kinds/shape/ip-ranges.ts';
import { record } from '../kinds/identity.ts';
import { objectMetadata, podSelector, present, type Manifest } from './manifest.ts';
import { patched } from './merge-patch.ts';
import type { Site } from './site.ts';

export function service(
  infrastructure: Infrastructure,
  { externalIPs }: Pick<Site, 'externalIPs'>,
): Manifest {
  const settings: ServiceSettings = infrastructure.proxy?.provider.kubernetes.envoyService ?? defaults;
  const wanted: ServiceSettings =
    infrastructure.isClusterOnly === true ? { ...settings, type: 'ClusterIP' } : settings;
  const manifest: Manifest = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: objectMetadata(infrastructure, wanted.name ?? infrastructure.name, wanted),
    spec: {
      type: wanted.type,
      selector: podSelector(infrastructure),
      ports: infrastructure.ports.map(({ name, protocol, port, containerPort }) => ({
        name,
        protocol,
        port,
        targetPort: containerPort,
      })),
      ...present({
        // The API server refuses these fields on a type of Service that does not use them.
        externalTrafficPolicy: wanted.type === 'ClusterIP' ? undefined : wanted.externalTrafficPolicy,
        ...(wanted.type === 'LoadBalancer' ? loadBalancer(wanted) : {}),
        ...addresses(infrastructure.addresses, wanted),
        ...families(infrastructure.proxy?.ipFamily),
        clusterIP: infrastructure.clusterIP,
      }),
    },
  };
  return withAllowedAddresses(patched(manifest, wanted.patch), new IpRanges(externalIPs));
}

/**
 * An external IP takes over the cluster's traffic to that address, so only those that the operator allows are kept.
 * Called last, as a patch may add some: https://nvd.nist.gov/vuln/detail/CVE-2020-8554
 */
function withAllowedAddresses(manifest: Manifest, allowed: IpRanges): Manifest {
  const { externalIPs, ...spec } = record(manifest['spec']) ?? {};
  if (externalIPs === undefined) return manifest;
  const asked: readonly unknown[] = Array.isArray(externalIPs) ? externalIPs : [externalIPs];
  const kept = asked.filter((address) => typeof address === 'string' && allowed.has(address));
  return { ...manifest, spec: kept.length === 0 ? spec : { ...spec, externalIPs: kept } };
}

type ServiceSettings = EnvoyProxyRow['spec']['provider']['kubernetes']['envoyService'];

const defaults: ServiceSettings = {
  type: 'LoadBalancer',
  externalTrafficPolicy: 'Local',
  annotations: [],
  labels: [],
};

/**
 * A single address goes into the field that most load balancers honour. Several, or one without a load balancer, become
 * external IPs: every node accepts traffic that is routed to it for them.
 */
function addresses(wanted: readonly string[], { type, loadBalancerIP }: ServiceSettings): object {
  const [first, ...others] = wanted;
  if (first === undefined) return {};
  if (type === 'LoadBalancer' && loadBalancerIP === undefined && others.length === 0)
    return { loadBalancerIP: first };
  return { externalIPs: wanted };
}

/** IPv4 is the family of most clusters, and the cluster's choice: the API server refuses one that it does not have. */
function families(ipFamily: EnvoyProxyRow['spec']['ipFamily']): object {
  if (ipFamily === 'IPv6') return { ipFamilies: ['IPv6'], ipFamilyPolicy: 'SingleStack' };
  if (ipFamily !== 'DualStack') return {};
  return { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' };
}

function loadBalancer(wanted: ServiceSettings): object {
  return {
    loadBalancerIP: wanted.loadBalancerIP,
    loadBalancerClass: wanted.loadBalancerClass,
    allocateLoadBalancerNodePorts: wanted.allocateLoadBalancerNodePorts,
    loadBalancerSourceRanges: wanted.loadBalancerSourceRanges,
  };
}
