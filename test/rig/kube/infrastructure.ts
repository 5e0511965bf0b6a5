import { decodeRow } from '../../../src/kinds/decode.ts';
import { envoyProxyKind } from '../../../src/kinds/envoy-gateway/envoy-proxy.ts';
import type { Infrastructure } from '../../../src/kinds/own/infrastructure.ts';
import type { Site } from '../../../src/infra/site.ts';

/** Listeners for HTTP and HTTPS; `spec` is that of the EnvoyProxy. */
export function webInfrastructure(
  spec?: Readonly<Record<string, unknown>>,
  changes: Partial<Infrastructure> = {},
): Infrastructure {
  return {
    namespace: 'default',
    gateway: 'web',
    gatewayUid: '0b5f4a3e-7a54-4b36-9a3e-0d6c5f1f7f11',
    gatewayClass: 'sluice',
    name: 'web-sluice',
    labels: [],
    annotations: [],
    ports: [
      { name: 'http-80', protocol: 'TCP', port: 80, containerPort: 10_080 },
      { name: 'https-8443', protocol: 'TCP', port: 8443, containerPort: 8443 },
    ],
    addresses: [],
    proxy: spec === undefined ? undefined : envoyProxySpec(spec),
    ...changes,
  };
}

export const site: Site = {
  image: 'envoyproxy/envoy:distroless-v1.40.0',
  xdsAddress: 'sluice.sluice-system.svc',
  xdsPort: 18_000,
  xdsServerName: 'sluice',
  drainMs: 10_000,
  externalIPs: ['192.0.2.0/24'],
  drainToken: (namespace, gateway) => `token-of-${namespace}-${gateway}`,
  xdsToken: ({ namespace, gateway, uid }) => `xds-token-of-${namespace}-${gateway}-${uid}`,
};

function envoyProxySpec(spec: Readonly<Record<string, unknown>>): Infrastructure['proxy'] {
  const parsed = envoyProxyKind.parse({
    apiVersion: 'gateway.envoyproxy.io/v1alpha1',
    kind: 'EnvoyProxy',
    metadata: { namespace: 'default', name: 'proxy' },
    spec,
  });
  if (parsed.kind !== 'row') throw new Error(JSON.stringify(parsed));
  return decodeRow('EnvoyProxy', parsed.row.bytes).spec;
}
