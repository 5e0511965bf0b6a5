import type { EnvoyProxyRow } from '../kinds/envoy-gateway/envoy-proxy.ts';
import type { Infrastructure } from '../kinds/own/infrastructure.ts';
import { IpRanges } from '../kinds/shape/ip-ranges.ts';
import { record } from '../kinds/identity.ts';
import { objectMetadata, podSelector, present, type Manifest } from './manifest.ts';
import { patched } from './merge-patch.ts';
import type { Site } from './site.ts';

/** The Service that clients of the Gateway connect to: each port of its listeners, led to what Envoy binds for it. */
export function service(
  infrastructure: Infrastructure,
  { externalIPs }: Pick<Site, 'externalIPs'>,
): Manifest {
  const wanted: ServiceSettings = infrastructure.proxy?.provider.kubernetes.envoyService ?? defaults;
  const manifest: Manifest = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: objectMetadata(infrastructure, wanted.name ?? infrastructure.name, wanted),
    spec: {
      type: wanted.type,
      selector: podSelector(infrastructure),
      ports: infrastructure.ports.map(({ name, port, containerPort }) => ({
        name,
        protocol: 'TCP',
        port,
        targetPort: containerPort,
      })),
      ...present({
        // The API server refuses a policy for traffic from outside where there is none, and a load balancer's fields likewise.
        externalTrafficPolicy: wanted.type === 'ClusterIP' ? undefined : wanted.externalTrafficPolicy,
        ...(wanted.type === 'LoadBalancer' ? loadBalancer(wanted) : {}),
        ...addresses(infrastructure.addresses, wanted),
      }),
    },
  };
  return withAllowedAddresses(patched(manifest, wanted.patch), new IpRanges(externalIPs));
}

/**
 * An external IP takes the traffic of the whole cluster to that address, whoever it belongs to, so only those that the operator has
 * allowed are written. Looked at last, as a patch may have set some (https://nvd.nist.gov/vuln/detail/CVE-2020-8554).
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
 * One address is asked of the load balancer by the field that most of them honour. Several have no such field, so they
 * are external IPs, which every node answers on for whoever routes them there, and so is one where no load balancer is.
 */
function addresses(wanted: readonly string[], { type, loadBalancerIP }: ServiceSettings): object {
  const [first, ...others] = wanted;
  if (first === undefined) return {};
  if (type === 'LoadBalancer' && loadBalancerIP === undefined && others.length === 0)
    return { loadBalancerIP: first };
  return { externalIPs: wanted };
}

function loadBalancer(wanted: ServiceSettings): object {
  return {
    loadBalancerIP: wanted.loadBalancerIP,
    loadBalancerClass: wanted.loadBalancerClass,
    allocateLoadBalancerNodePorts: wanted.allocateLoadBalancerNodePorts,
    loadBalancerSourceRanges: wanted.loadBalancerSourceRanges,
  };
}
