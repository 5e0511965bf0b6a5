import { selfSigned } from './certificate.ts';
import * as m from './manifests.ts';
import { serviceTargetCases } from './policy-reference-cases.ts';
import { base, type ReferenceCases } from './reference-case.ts';

function validation(trust: object): object {
  return { validation: { hostname: 'app.internal', ...trust } };
}

const trusted = { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'target' }] };

/** Cases of BackendTLSPolicies. */
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
};
