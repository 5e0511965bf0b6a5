import type { ClusterSettings } from '../../../kinds/envoy-gateway/cluster-settings.ts';
import { securityServerAt } from '../../../kinds/envoy-gateway/security-servers.ts';
import { telemetryServerAt } from '../../../kinds/envoy-gateway/proxy-telemetry.ts';
import { resourceKey, type ResourceKey } from '../../../lib/key.ts';
import { clusterName, parseClusterName, type SettingsPlace } from '../../../units/cluster-name.ts';
import { renamed } from '../../../units/fallback-name.ts';
import { readOurGateway } from '../../attach/ownership.ts';
import { gatewayParameters } from '../../gateways/parameters.ts';
import type { Reader } from '../../reader.ts';
import type { ClusterTrafficIR } from '../../traffic-ir.ts';
import { clusterTrafficOf, hasClusterSettings, isKnownBalancer, isKnownFamily } from './cluster-traffic.ts';

/**
 * Returns the cluster of a server with a policy's `backendSettings`, of the cluster that it has without them. To use it in
 * another kind of policy: resolve the backendRef to a cluster, give its name to this function, and add the kind to
 * `SettingsKind` and to `settingsOf`. `ignoredSettings` lists what the policy has to name in its condition.
 */
export function serverCluster(
  cluster: string,
  settings: ClusterSettings | undefined,
  place: SettingsPlace,
): string {
  const isOwn = settings !== undefined && (hasClusterSettings(settings) || hasStreamTimeout(settings));
  if (!isOwn) return cluster;
  return renamed(cluster, (member) => clusterName({ ...parseClusterName(member), settings: place }));
}

/** Returns the settings of a server's cluster. Undefined when they are gone or cannot be read: the policy leaves the cluster. */
export function serverSettings(
  reader: Reader,
  place: SettingsPlace,
  host: string,
): ClusterTrafficIR | undefined {
  reader.expect([settingsOwnerKey(place)]);
  const settings = settingsOf[place.kind](reader, place);
  if (settings === undefined) return undefined;
  return { ...clusterTrafficOf(settings, host), maxStreamMs: settings.timeout?.http?.maxStreamDuration };
}

export function settingsOwnerKey({ kind, namespace, name }: SettingsPlace): ResourceKey {
  return resourceKey(kind, namespace, name);
}

const settingsOf: Readonly<
  Record<SettingsPlace['kind'], (reader: Reader, place: SettingsPlace) => ClusterSettings | undefined>
> = {
  EnvoyExtensionPolicy(reader, { namespace, name, part }) {
    const index = Number(part.slice('extProc/'.length));
    return reader.row('EnvoyExtensionPolicy', namespace, name)?.spec.extProc[index]?.backendSettings;
  },
  Gateway(reader, { part, ...of }) {
    const gateway = readOurGateway(reader, of.namespace, of.name);
    const parameters = gateway && gatewayParameters(reader, gateway);
    const proxy = parameters?.kind === 'valid' ? parameters.proxy : undefined;
    return proxy && telemetryServerAt(proxy.telemetry, part)?.backendSettings;
  },
  SecurityPolicy(reader, { namespace, name, part }) {
    const spec = reader.row('SecurityPolicy', namespace, name)?.spec;
    return spec && securityServerAt(spec, part)?.backendSettings;
  },
};

function hasStreamTimeout({ timeout }: ClusterSettings): boolean {
  return timeout?.http?.maxStreamDuration !== undefined;
}

/** Lists settings that have no effect on a server, by their paths. */
export function ignoredSettings(settings: ClusterSettings | undefined, path: string): string[] {
  if (settings === undefined) return [];
  const { retry, timeout, loadBalancer, dns } = settings;
  return [
    ...(retry === undefined ? [] : [`${path}.retry`]),
    ...(timeout?.http?.requestTimeout === undefined ? [] : [`${path}.timeout.http.requestTimeout`]),
    ...(timeout?.http?.streamIdleTimeout === undefined ? [] : [`${path}.timeout.http.streamIdleTimeout`]),
    ...(dns?.lookupFamily === undefined || isKnownFamily(dns.lookupFamily)
      ? []
      : [`${path}.dns.lookupFamily ${dns.lookupFamily}`]),
    // A server's requests have no part to choose its endpoint by.
    ...(loadBalancer === undefined ||
    (isKnownBalancer(loadBalancer.type) && loadBalancer.type !== 'ConsistentHash')
      ? []
      : [`${path}.loadBalancer.type ${loadBalancer.type}`]),
  ];
}
