import * as m from './manifests.ts';
import { targetCases } from './policy-reference-cases.ts';
import { base, toService, type Case, type ReferenceCases } from './reference-case.ts';

const fromConfigMap = { caCertificateRef: { kind: 'ConfigMap', name: 'target' } };
const authorities: Case['target'] = [m.configMap({ 'ca.crt': 'one' }), m.configMap({ 'ca.crt': 'two' })];

function imageCode(fields: object = {}): object {
  return { type: 'Image', image: { url: 'registry.test/plugin:v1', ...fields } };
}

function policy(code: object): object {
  return m.extensionPolicy({ targetRefs: [{ kind: 'Gateway', name: 'web' }], wasm: [{ code }] });
}

function pullSecret(password: string): object {
  const config = JSON.stringify({ auths: { 'registry.test': { username: 'me', password } } });
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'target', namespace: 'default' },
    type: 'kubernetes.io/dockerconfigjson',
    stringData: { '.dockerconfigjson': config },
  };
}

/** Cases of EnvoyExtensionPolicies. */
export const pluginReferences: ReferenceCases = {
  ...targetCases('EnvoyExtensionPolicy', 'HTTPRoute', { wasm: [{ code: imageCode() }] }),
  'EnvoyExtensionPolicy spec.extProc[].backendRef': 'refused by translation: it has no target',
  'EnvoyExtensionPolicy spec.extProc[].backendRefs[]': {
    sources: [
      ...base,
      m.service(),
      m.httpRoute([{ backendRefs: [m.backend()] }]),
      m.extensionPolicy({
        targetRefs: [{ kind: 'Gateway', name: 'web' }],
        extProc: [{ backendRefs: [{ name: 'target', port: 80 }] }],
      }),
    ],
    target: toService,
  },
  'EnvoyExtensionPolicy spec.lua[].valueRef': {
    sources: [
      ...base,
      m.service(),
      m.httpRoute([{ backendRefs: [m.backend()] }]),
      m.extensionPolicy({
        targetRefs: [{ kind: 'Gateway', name: 'web' }],
        lua: [{ type: 'ValueRef', valueRef: { group: '', kind: 'ConfigMap', name: 'target' } }],
      }),
    ],
    target: [
      m.configMap({ lua: 'function envoy_on_request() end' }),
      m.configMap({ lua: 'function envoy_on_response() end' }),
    ],
  },
  'EnvoyExtensionPolicy spec.wasm[].code.http.tls.caCertificateRef': {
    sources: [...base, policy({ type: 'HTTP', http: { url: 'https://a.test/p.wasm', tls: fromConfigMap } })],
    target: authorities,
  },
  'EnvoyExtensionPolicy spec.wasm[].code.image.pullSecretRef': {
    sources: [...base, policy(imageCode({ pullSecretRef: { name: 'target' } }))],
    target: [pullSecret('one'), pullSecret('two')],
  },
  'EnvoyExtensionPolicy spec.wasm[].code.image.tls.caCertificateRef': {
    sources: [...base, policy(imageCode({ tls: fromConfigMap }))],
    target: authorities,
  },
};
