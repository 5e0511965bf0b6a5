import type { Manifest } from '../kube/kube-client.ts';

/** An object that an admission rule of the chart refuses, and the same one without its mistake. */
export interface AdmissionCase {
  readonly bad: Manifest;
  readonly good: Manifest;
  /** Where Sluice reports it without the rule, and how the message begins. */
  readonly report: { readonly kind: string; readonly name: string; readonly says: RegExp };
  /** The CRD of the standard channel drops the field before any check. */
  readonly isExperimental?: true;
}

const gatewayApi = 'gateway.networking.k8s.io/v1';
const toRoute = { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'route' };
const image = { type: 'Image', image: { url: 'oci://registry.test/team/plugin:v1' } };
const at = (url: string, sha256?: string) => ({ type: 'HTTP', http: { url, sha256 } });

function object(apiVersion: string, kind: string, name: string, spec: object): Manifest {
  return { apiVersion, kind, metadata: { name }, spec };
}

function route(rule: object): Manifest {
  const rules = [{ backendRefs: [{ name: 'app', port: 80 }], ...rule }];
  return object(gatewayApi, 'HTTPRoute', 'route', { parentRefs: [{ name: 'web' }], rules });
}

function headers(length: number): object {
  const value = 'a'.repeat(length);
  return {
    matches: ['a', 'b', 'c', 'd', 'e'].map((name) => ({
      headers: [{ type: 'RegularExpression', name, value }],
    })),
  };
}

function gateway(addresses: readonly string[]): Manifest {
  return object(gatewayApi, 'Gateway', 'web', {
    gatewayClassName: 'sluice',
    listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }],
    addresses: addresses.map((value) => ({ type: 'IPAddress', value })),
  });
}

function plugins(fields: object): Manifest {
  return object('gateway.envoyproxy.io/v1alpha1', 'EnvoyExtensionPolicy', 'plugins', {
    targetRefs: [toRoute],
    ...fields,
  });
}

const policyReport = (says: RegExp) => ({ kind: 'EnvoyExtensionPolicy', name: 'plugins', says });
const goodPlugins = plugins({ wasm: [{ code: image }] });

export const admissionCases: Readonly<Record<string, AdmissionCase>> = {
  'regex-budget': {
    bad: route(headers(3600)),
    good: route(headers(3000)),
    report: { kind: 'HTTPRoute', name: 'route', says: /spec\.rules\[0\].*regular expressions of the route/ },
  },
  'retry-attempts': {
    bad: route({ retry: { attempts: 5_000_000_000 } }),
    good: route({ retry: { attempts: 5 } }),
    report: { kind: 'HTTPRoute', name: 'route', says: /spec\.rules\[0\]\.retry\.attempts/ },
    isExperimental: true,
  },
  addresses: {
    bad: gateway(['192.0.2.1', '192.0.2.2']),
    good: gateway([]),
    report: { kind: 'Gateway', name: 'web', says: /spec\.addresses/ },
  },
  lua: {
    bad: plugins({ lua: [{ type: 'Inline', inline: 'function envoy_on_request(h) end' }] }),
    good: goodPlugins,
    report: policyReport(/spec\.lua/),
  },
  'dynamic-module': {
    bad: plugins({ dynamicModule: [{ name: 'm' }] }),
    good: goodPlugins,
    report: policyReport(/spec\.dynamicModule/),
  },
  'plain-http': {
    bad: plugins({ wasm: [{ code: at('HTTP://registry.test/a.wasm') }] }),
    good: plugins({ wasm: [{ code: at('http://registry.test/a.wasm', 'a'.repeat(64)) }] }),
    report: policyReport(/spec\.wasm\[0\]\.code\.http/),
  },
  'host-keys': {
    bad: plugins({ wasm: [{ code: image, env: { hostKeys: ['PASSWORD'] } }] }),
    good: plugins({ wasm: [{ code: image, env: { hostKeys: [] } }] }),
    report: policyReport(/spec\.wasm\[0\]\.env\.hostKeys\[0\]/),
  },
  'pull-secret': {
    bad: plugins({
      wasm: [
        { code: { ...image, image: { ...image.image, pullSecretRef: { kind: 'ConfigMap', name: 'p' } } } },
      ],
    }),
    good: plugins({
      wasm: [{ code: { ...image, image: { ...image.image, pullSecretRef: { name: 'p' } } } }],
    }),
    report: policyReport(/pullSecretRef: must be a Secret/),
  },
  'merge-gateways': {
    bad: object('gateway.envoyproxy.io/v1alpha1', 'EnvoyProxy', 'proxy', { mergeGateways: true }),
    good: object('gateway.envoyproxy.io/v1alpha1', 'EnvoyProxy', 'proxy', { mergeGateways: false }),
    report: { kind: 'Gateway', name: 'web', says: /spec\.mergeGateways/ },
  },
};
