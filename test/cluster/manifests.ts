import type { Manifest } from '../rig/kube/kube-client.ts';

/** Manifests as a user writes them, without namespace: a `namespace` puts them into its own. */

const gatewayApi = 'gateway.networking.k8s.io/v1';

export function gateway(
  listeners: readonly object[] = [{ name: 'http', port: 80, protocol: 'HTTP' }],
  spec: object = {},
  name = 'web',
): Manifest {
  return object(gatewayApi, 'Gateway', name, { spec: { gatewayClassName: 'sluice', listeners, ...spec } });
}

export function httpRoute(name: string, host: string, rules: readonly object[]): Manifest {
  return object(gatewayApi, 'HTTPRoute', name, {
    spec: { parentRefs: [{ name: 'web' }], hostnames: [host], rules },
  });
}

export function toService(name: string, fields: object = {}): object {
  return { backendRefs: [{ name, port: 80, ...fields }] };
}

/** `fields` replace those of the spec. */
export function service(name: string, fields: object = {}, app = name): Manifest {
  const ports = [{ port: 80, targetPort: 3000 }];
  return object('v1', 'Service', name, { spec: { selector: { app }, ports, ...fields } });
}

export function endpointSlice(
  serviceName: string,
  addresses: readonly string[],
  {
    name = `${serviceName}-1`,
    port = 3000,
    protocol = 'TCP',
  }: { name?: string; port?: number; protocol?: 'TCP' | 'UDP' } = {},
): Manifest {
  return object('discovery.k8s.io/v1', 'EndpointSlice', name, {
    metadata: { name, labels: { 'kubernetes.io/service-name': serviceName } },
    addressType: 'IPv4',
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
    ports: [{ name: '', port, protocol }],
  });
}

/** Three addresses without a host, others for each number. */
export function unusedAddresses(i: number): string[] {
  return [1, 2, 3].map((n) => `10.200.${(i >> 6) & 255}.${((i & 63) << 2) | n}`);
}

export function wasmPolicy(name: string, route: string, code: object): Manifest {
  return object('gateway.envoyproxy.io/v1alpha1', 'EnvoyExtensionPolicy', name, {
    spec: {
      targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: route }],
      wasm: [{ code }],
    },
  });
}

/** Echo backends. After SIGTERM they serve for a while: proxies learn of the end later than the pod does. */
export function echoPods(name: string, replicas = 1, lingerSeconds = 5): Manifest {
  const container = {
    name: 'echo',
    image: 'gateway-api/echo-basic:test',
    env: [fieldEnv('POD_NAME', 'metadata.name'), fieldEnv('NAMESPACE', 'metadata.namespace')],
    readinessProbe: { httpGet: { path: '/', port: 3000 }, periodSeconds: 1 },
    lifecycle: { preStop: { sleep: { seconds: lingerSeconds } } },
  };
  return object('apps/v1', 'Deployment', name, {
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [container] } },
    },
  });
}

export function tlsSecret(
  name: string,
  pair: { readonly certificate: string; readonly privateKey: string },
): Manifest {
  return object('v1', 'Secret', name, {
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': base64(pair.certificate), 'tls.key': base64(pair.privateKey) },
  });
}

/** Lets HTTPRoutes, or Gateways, of a namespace refer to Services, or Secrets, of the grant's own. */
export function referenceGrant(
  name: string,
  from: { kind: string; namespace: string },
  to: string,
): Manifest {
  return object('gateway.networking.k8s.io/v1', 'ReferenceGrant', name, {
    spec: { from: [{ group: 'gateway.networking.k8s.io', ...from }], to: [{ group: '', kind: to }] },
  });
}

function object(apiVersion: string, kind: string, name: string, fields: object): Manifest {
  return { apiVersion, kind, metadata: { name }, ...fields };
}

function fieldEnv(name: string, fieldPath: string): object {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
