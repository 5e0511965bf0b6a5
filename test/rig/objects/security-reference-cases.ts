import * as m from './manifests.ts';
import { targetCases } from './policy-reference-cases.ts';
import { base, toService, type Case, type ReferenceCases } from './reference-case.ts';

const hash = '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=';
const keySet = (k: string) => JSON.stringify({ keys: [{ kty: 'oct', k }] });

function secret(stringData: object): object {
  const metadata = { name: 'target', namespace: 'default' };
  return { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', stringData };
}

function sources(spec: object): readonly object[] {
  return [
    ...base,
    m.service(),
    m.service('auth'),
    m.httpRoute([{ backendRefs: [m.backend()] }]),
    m.policy('SecurityPolicy', { targetRefs: [{ kind: 'Gateway', name: 'web' }], ...spec }),
  ];
}

const toTarget = m.backend('target');
const context = (kind: string) => ({
  extAuth: {
    grpc: { backendRefs: [m.backend('auth')] },
    contextExtensions: [{ name: 'a', type: 'ValueRef', valueRef: { kind, name: 'target', key: 'key' } }],
  },
});

const users: Case = {
  sources: sources({ basicAuth: { users: { name: 'target', namespace: 'default' } } }),
  target: [secret({ '.htpasswd': `ann:${hash}` }), secret({ '.htpasswd': `bob:${hash}` })],
};

const endpoints = {
  issuer: 'https://issuer.test',
  authorizationEndpoint: 'https://issuer.test/auth',
  tokenEndpoint: 'https://issuer.test/token',
};
const clients = { clientIDRef: { name: 'target' }, clientSecret: { name: 'target' } };
const login = { provider: { ...endpoints, backendRefs: [m.backend('auth')] }, ...clients };
const client = (of: string): object => secret({ 'client-id': of, 'client-secret': of });
const namedClient = { name: 'target', namespace: 'default' };

const clientId: Case = {
  sources: sources({ oidc: { ...login, clientIDRef: namedClient } }),
  target: [client('one'), client('two')],
};
const clientSecret: Case = {
  sources: sources({ oidc: { ...login, clientID: 'a', clientIDRef: undefined, clientSecret: namedClient } }),
  target: [client('one'), client('two')],
};

/** Cases of SecurityPolicies. */
export const securityReferences: ReferenceCases = {
  ...targetCases('SecurityPolicy', 'HTTPRoute', { authorization: {} }),
  'SecurityPolicy spec.basicAuth.users.name': users,
  'SecurityPolicy spec.basicAuth.users.namespace': users,
  'SecurityPolicy spec.apiKeyAuth.credentialRefs[]': {
    sources: sources({
      apiKeyAuth: { credentialRefs: [{ name: 'target' }], extractFrom: [{ headers: ['x-key'] }] },
    }),
    target: [secret({ ann: 'a1' }), secret({ ann: 'a2' })],
  },
  'SecurityPolicy spec.oidc.clientIDRef': clientId,
  'SecurityPolicy spec.oidc.clientSecret': clientSecret,
  'SecurityPolicy spec.oidc.provider.backendRef': {
    sources: [
      ...sources({
        oidc: {
          provider: { ...endpoints, backendRef: toTarget },
          clientID: 'a',
          clientSecret: { name: 'client' },
        },
      }),
      { ...secret({ 'client-secret': 'a' }), metadata: { name: 'client', namespace: 'default' } },
    ],
    target: toService,
  },
  'SecurityPolicy spec.oidc.provider.backendRefs[]': {
    sources: [
      ...sources({
        oidc: {
          provider: { ...endpoints, backendRefs: [toTarget] },
          clientID: 'a',
          clientSecret: { name: 'client' },
        },
      }),
      { ...secret({ 'client-secret': 'a' }), metadata: { name: 'client', namespace: 'default' } },
    ],
    target: toService,
  },
  'SecurityPolicy spec.extAuth.grpc.backendRef': {
    sources: sources({ extAuth: { grpc: { backendRef: toTarget } } }),
    target: toService,
  },
  'SecurityPolicy spec.extAuth.grpc.backendRefs[]': {
    sources: sources({ extAuth: { grpc: { backendRefs: [toTarget] } } }),
    target: toService,
  },
  'SecurityPolicy spec.extAuth.http.backendRef': {
    sources: sources({ extAuth: { http: { backendRef: toTarget } } }),
    target: toService,
  },
  'SecurityPolicy spec.extAuth.http.backendRefs[]': {
    sources: sources({ extAuth: { http: { backendRefs: [toTarget] } } }),
    target: toService,
  },
  'SecurityPolicy spec.extAuth.contextExtensions[].valueRef': {
    sources: sources(context('Secret')),
    target: [secret({ key: 'one' }), secret({ key: 'two' })],
  },
  'SecurityPolicy spec.jwt.providers[].localJWKS.valueRef': {
    sources: sources({
      jwt: {
        providers: [
          { name: 'p', localJWKS: { type: 'ValueRef', valueRef: { kind: 'ConfigMap', name: 'target' } } },
        ],
      },
    }),
    target: [m.configMap({ jwks: keySet('b25l') }), m.configMap({ jwks: keySet('dHdv') })],
  },
  'SecurityPolicy spec.jwt.providers[].remoteJWKS.backendRef': {
    sources: sources({
      jwt: { providers: [{ name: 'p', remoteJWKS: { uri: 'http://a.test/keys', backendRef: toTarget } }] },
    }),
    target: toService,
  },
  'SecurityPolicy spec.jwt.providers[].remoteJWKS.backendRefs[]': {
    sources: sources({
      jwt: { providers: [{ name: 'p', remoteJWKS: { uri: 'http://a.test/keys', backendRefs: [toTarget] } }] },
    }),
    target: toService,
  },
};
