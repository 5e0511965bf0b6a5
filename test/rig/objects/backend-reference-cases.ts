import { selfSigned, tlsSecret } from './certificate.ts';
import * as m from './manifests.ts';
import { serviceTargetCases } from './policy-reference-cases.ts';
import { base, type ReferenceCases } from './reference-case.ts';

function validation(trust: object): object {
  return { validation: { hostname: 'app.internal', ...trust } };
}

const trusted = { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'target' }] };

function secureBackend(tls: object): object[] {
  const endpoints = [{ ip: { address: '10.0.0.1', port: 443 } }];
  return [...base, m.backendObject({ endpoints, tls }), m.httpRoute([{ backendRefs: [m.toObject()] }])];
}

/** Cases of BackendTLSPolicies and Backends. */
export const backendReferences: ReferenceCases = {
  ...serviceTargetCases('BackendTLSPolicy', validation({ wellKnownCACertificates: 'System' })),
  'BackendTLSPolicy spec.validation.caCertificateRefs[]': {
    sources: [
      ...base,
      m.service(),
      m.httpRoute([{ backendRefs: [m.backend()] }]),
      m.policy('BackendTLSPolicy', {
        targetRefs: [{ group: '', kind: 'Service', name: 'app' }],
        ...validation(trusted),
      }),
    ],
    target: [
      m.configMap({ 'ca.crt': selfSigned(['a.test']).certificate }),
      m.configMap({ 'ca.crt': selfSigned(['b.test']).certificate }),
    ],
  },
  'Backend spec.tls.caCertificateRefs[]': {
    sources: secureBackend(trusted),
    target: [
      m.configMap({ 'ca.crt': selfSigned(['a.test']).certificate }),
      m.configMap({ 'ca.crt': selfSigned(['b.test']).certificate }),
    ],
  },
  'Backend spec.tls.clientCertificateRef': {
    sources: secureBackend({ insecureSkipVerify: true, clientCertificateRef: { name: 'target' } }),
    target: [tlsSecret('target', selfSigned(['a.test'])), tlsSecret('target', selfSigned(['b.test']))],
  },
};
