import * as m from './manifests.ts';
import { targetCases } from './policy-reference-cases.ts';
import { selfSigned, tlsSecret } from './certificate.ts';
import type { ReferenceCases } from './reference-case.ts';

const https = { name: 'https', port: 443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'cert' }] } };
const authorities = ['one', 'two'].map((name) =>
  m.configMap({ 'ca.crt': selfSigned([`${name}.test`]).certificate }),
);
const target = { kind: 'ConfigMap', name: 'target' };

function validating(clientValidation: object): object[] {
  return [
    m.gatewayClass(),
    m.gateway([https]),
    tlsSecret('cert', selfSigned(['a.test'])),
    m.policy('ClientTrafficPolicy', {
      targetRefs: [{ kind: 'Gateway', name: 'web' }],
      tls: { clientValidation },
    }),
  ];
}

/** A revocation list of which Sluice looks at the outline alone. */
function listIn(namespace: string, unused: number): object {
  const der = Buffer.from([0x30, 7, 0x30, 0, 0x30, 0, 0x03, 1, unused]);
  const text = `-----BEGIN X509 CRL-----\n${der.toString('base64')}\n-----END X509 CRL-----\n`;
  return m.configMap({ 'ca.crl': text }, { name: 'target', namespace });
}

/** Cases of ClientTrafficPolicies. */
export const clientReferences: ReferenceCases = {
  ...targetCases('ClientTrafficPolicy', 'Gateway'),
  'ClientTrafficPolicy spec.tls.clientValidation.caCertificateRefs[]': {
    sources: validating({ caCertificateRefs: [target] }),
    target: [authorities[0] ?? {}, authorities[1] ?? {}],
  },
  'ClientTrafficPolicy spec.tls.clientValidation.crl.refs[].name': {
    sources: validating({ mode: 'Request', crl: { refs: [target] } }),
    target: [listIn('default', 0), listIn('default', 1)],
  },
  'ClientTrafficPolicy spec.tls.clientValidation.crl.refs[].namespace': {
    sources: [
      ...validating({ mode: 'Request', crl: { refs: [{ ...target, namespace: 'other' }] } }),
      m.referenceGrant(
        { group: 'gateway.envoyproxy.io', kind: 'ClientTrafficPolicy', namespace: 'default' },
        { group: '', kind: 'ConfigMap' },
        'other',
      ),
    ],
    target: [listIn('other', 0), listIn('other', 1)],
  },
};
