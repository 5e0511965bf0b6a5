import { unsupportedPart } from '../../objects/security-parts.ts';
import type { Manifest } from '../kube-client.ts';
import { selfSigned } from '../../objects/certificate.ts';

/** Namespace: the fixture's by default, or its second one. */
export type Draft = Manifest & { readonly namespace?: 'b' };

export const gatewayApi = 'gateway.networking.k8s.io/v1';
const envoyApi = 'gateway.envoyproxy.io/v1alpha1';

export function draft(
  apiVersion: string,
  kind: string,
  name: string,
  fields: object,
  labels: Readonly<Record<string, string>> = {},
): Draft {
  return { apiVersion, kind, metadata: { name, labels }, ...fields };
}

export function envoyProxy(name: string, text: string): Draft {
  const sinks = [{ type: 'File', file: { path: '/dev/stdout' } }];
  const settings = [{ format: { type: 'Text', text: `%PROTOCOL% ${text}\n` }, sinks }];
  return draft(envoyApi, 'EnvoyProxy', name, { spec: { telemetry: { accessLog: { settings } } } });
}

export function tlsSecret(name: string, host: string): Draft {
  const { certificate, privateKey } = pairOf(host);
  const data = { 'tls.crt': base64(certificate), 'tls.key': base64(privateKey) };
  return draft('v1', 'Secret', name, { type: 'kubernetes.io/tls', data });
}

export function authority(name: string, host: string): Draft {
  return draft('v1', 'ConfigMap', name, { data: { 'ca.crt': pairOf(host).certificate } });
}

export function service(name: string, port: object = {}): Draft {
  return draft('v1', 'Service', name, { spec: { ports: [{ port: 80, targetPort: 3000, ...port }] } });
}

export function slice(name: string, of: string, address: string): Draft {
  const fields = {
    addressType: 'IPv4',
    endpoints: [{ addresses: [address] }],
    ports: [{ name: '', port: 3000, protocol: 'TCP' }],
  };
  return draft('discovery.k8s.io/v1', 'EndpointSlice', name, fields, { 'kubernetes.io/service-name': of });
}

export function route(
  name: string,
  host: string,
  rules: readonly object[],
  parentRefs: readonly object[] = [{ name: 'web', sectionName: 'http' }],
): Draft {
  return draft(gatewayApi, 'HTTPRoute', name, { spec: { parentRefs, hostnames: [host], rules } });
}

/** `namespace`: of the Service; by default the route's. */
export function rule(of: string, prefix: string, namespace?: string): object {
  const matches = [{ path: { type: 'PathPrefix', value: prefix } }];
  const elsewhere = namespace === undefined ? {} : { namespace };
  return { matches, backendRefs: [{ name: of, port: 80, ...elsewhere }] };
}

export function httpListener(serves: string, port: number): object {
  const allowedRoutes = { namespaces: { from: 'Selector', selector: { matchLabels: { serves } } } };
  return { name: serves, port, protocol: 'HTTP', allowedRoutes };
}

export function httpsListener(name: string, port: number): object {
  const tls = { mode: 'Terminate', certificateRefs: [{ name }] };
  return { name: `tls-${name}`, port, protocol: 'HTTPS', tls };
}

export function policy(name: string, target: string, wasm: readonly object[]): Draft {
  const targetRefs = [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: target }];
  return draft(envoyApi, 'EnvoyExtensionPolicy', name, { spec: { targetRefs, wasm } });
}

/** Adds a listener to the Gateway `web`. */
export function listenerSet(name: string, port: number): Draft {
  const listeners = [{ name: 'http', port, protocol: 'HTTP' }];
  return draft(gatewayApi, 'ListenerSet', name, { spec: { parentRef: { name: 'web' }, listeners } });
}

/** The rule that refers to it answers with the body. */
export function answer(name: string, inline: string): Draft {
  const directResponse = { statusCode: 200, body: { type: 'Inline', inline } };
  return draft(envoyApi, 'HTTPRouteFilter', name, { spec: { directResponse } });
}

/** Answers by an HTTPRouteFilter. */
export function answeringRule(filter: string): object {
  const extensionRef = { group: 'gateway.envoyproxy.io', kind: 'HTTPRouteFilter', name: filter };
  return { ...rule('keeps', `/${filter}`), filters: [{ type: 'ExtensionRef', extensionRef }] };
}

export function backend(name: string, address: string): Draft {
  return draft(envoyApi, 'Backend', name, { spec: { endpoints: [{ ip: { address, port: 80 } }] } });
}

/** Leads to a Backend. */
export function outsideRule(name: string): object {
  const matches = [{ path: { type: 'PathPrefix', value: `/${name}` } }];
  return { matches, backendRefs: [{ group: 'gateway.envoyproxy.io', kind: 'Backend', name }] };
}

/** The rule then answers 500. */
export function closing(name: string, target: string, sectionName: string): Draft {
  const targetRefs = [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: target, sectionName }];
  return draft(envoyApi, 'SecurityPolicy', name, { spec: { targetRefs, ...unsupportedPart } });
}

export function plugin(configMap: string, generation: number): object {
  const tls = { caCertificateRef: { group: '', kind: 'ConfigMap', name: configMap } };
  return {
    name: configMap,
    failOpen: true,
    code: { type: 'HTTP', http: { url: 'https://plugins.test/plugin.wasm', tls } },
    config: { generation },
  };
}

const pairs = new Map<string, ReturnType<typeof selfSigned>>();

function pairOf(host: string): ReturnType<typeof selfSigned> {
  const pair = pairs.get(host) ?? selfSigned([host]);
  pairs.set(host, pair);
  return pair;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
