import { selfSigned, tlsSecret } from './certificate.ts';
import * as m from './manifests.ts';
import { parametersRef, toService, type Case, type ReferenceCases } from './reference-case.ts';

const withParameters = m.gateway([m.httpListener()], { infrastructure: { parametersRef } });
const proxies: Case['target'] = [
  m.envoyProxy({ concurrency: 1 }, { name: 'target' }),
  m.envoyProxy({ concurrency: 2 }, { name: 'target' }),
];

function https(): object {
  return { name: 's', port: 443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'target' }] } };
}

const serving = tlsSecret('serving', selfSigned(['a.example.com']));
const validation = {
  validation: { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'target' }] },
};
const withClients = (frontend: object): object =>
  m.gateway([{ ...https(), tls: { certificateRefs: [{ name: 'serving' }] } }], { tls: { frontend } });
const clientAuthorities: Case['target'] = [
  m.configMap({ 'ca.crt': selfSigned(['one.test']).certificate }),
  m.configMap({ 'ca.crt': selfSigned(['two.test']).certificate }),
];

const teamA = { from: 'Selector', selector: { matchLabels: { team: 'a' } } };
const namespaces: Case['target'] = [namespaceOf('a'), namespaceOf('b')];
const certificates: Case['target'] = [
  tlsSecret('target', selfSigned(['a.example.com'])),
  { ...tlsSecret('target', selfSigned(['a.example.com'])), data: {} },
];
const filter = {
  type: 'ExternalAuth',
  externalAuth: { protocol: 'HTTP', backendRef: m.backend('target') },
};
const filtered = {
  ...m.httpListener({ name: 'filtered', hostname: 'own.test' }),
  filters: { requests: [filter] },
};
const sharing = m.gateway([m.httpListener()], { allowedListeners: { namespaces: { from: 'Same' } } });

/** Cases of Gateways and GatewayClasses. */
export const gatewayReferences: ReferenceCases = {
  'Gateway spec.allowedListeners.namespaces.selector': {
    sources: [
      m.gatewayClass(),
      m.gateway([m.httpListener()], { allowedListeners: { namespaces: teamA } }),
      m.listenerSet([m.httpListener({ name: 'own', hostname: 'own.test' })]),
    ],
    target: namespaces,
  },
  'Gateway spec.infrastructure.parametersRef': {
    sources: [m.gatewayClass(), withParameters],
    target: proxies,
  },
  'GatewayClass spec.controllerName': 'the name of no object',
  'GatewayClass spec.parametersRef': {
    sources: [
      m.gatewayClass('sluice', { ...parametersRef, namespace: 'default' }),
      m.gateway([m.httpListener()]),
    ],
    target: proxies,
  },
  'Gateway spec.gatewayClassName': {
    sources: [m.gateway([m.httpListener()])],
    target: [m.gatewayClass(), { ...m.gatewayClass(), spec: { controllerName: 'other.dev/controller' } }],
  },
  'Gateway spec.listeners[].allowedRoutes.namespaces.selector': {
    sources: [
      m.gatewayClass(),
      m.gateway([
        m.httpListener({
          allowedRoutes: { namespaces: teamA },
        }),
      ]),
      m.service(),
      m.httpRoute([{ backendRefs: [m.backend()] }]),
    ],
    target: namespaces,
  },
  'Gateway spec.listeners[].filters.requests[].externalAuth.backendRef': {
    sources: [m.gatewayClass(), m.gateway([filtered])],
    target: toService,
  },
  'Gateway spec.listeners[].name': 'a name that it gives',
  'Gateway spec.listeners[].tls.certificateRefs[]': {
    sources: [m.gatewayClass(), m.gateway([https()])],
    target: certificates,
  },
  'Gateway spec.tls.backend.clientCertificateRef': {
    sources: [
      m.gatewayClass(),
      m.gateway([m.httpListener()], { tls: { backend: { clientCertificateRef: { name: 'target' } } } }),
    ],
    target: certificates,
  },
  'Gateway spec.tls.frontend.default.validation.caCertificateRefs[]': {
    sources: [m.gatewayClass(), serving, withClients({ default: validation })],
    target: clientAuthorities,
  },
  'Gateway spec.tls.frontend.perPort[].tls.validation.caCertificateRefs[]': {
    sources: [
      m.gatewayClass(),
      serving,
      withClients({ default: {}, perPort: [{ port: 443, tls: validation }] }),
    ],
    target: clientAuthorities,
  },
};

export const listenerSetReferences: ReferenceCases = {
  'ListenerSet spec.parentRef': {
    sources: [m.gatewayClass(), m.listenerSet([m.httpListener({ name: 'own', hostname: 'own.test' })])],
    target: [sharing, m.gateway([m.httpListener()])],
  },
  'ListenerSet spec.listeners[].filters.requests[].externalAuth.backendRef': {
    sources: [m.gatewayClass(), sharing, m.listenerSet([filtered])],
    target: toService,
  },
  'ListenerSet spec.listeners[].name': 'a name that it gives',
  'ListenerSet spec.listeners[].allowedRoutes.namespaces.selector': {
    sources: [
      m.gatewayClass(),
      sharing,
      m.listenerSet([m.httpListener({ name: 'own', port: 81, allowedRoutes: { namespaces: teamA } })]),
      m.service(),
      m.httpRoute([{ backendRefs: [m.backend()] }], { parentRefs: [{ kind: 'ListenerSet', name: 'set' }] }),
    ],
    target: namespaces,
  },
  'ListenerSet spec.listeners[].tls.certificateRefs[]': {
    sources: [m.gatewayClass(), sharing, m.listenerSet([https()])],
    target: certificates,
  },
};

function namespaceOf(team: string): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default', labels: { team } } };
}
