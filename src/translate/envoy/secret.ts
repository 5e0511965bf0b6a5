import {
  CertificateValidationContext_TrustChainVerification,
  SubjectAltNameMatcher_SanType as SanType,
  type SubjectAltNameMatcher,
} from '../../../proto/gen/envoy/extensions/transport_sockets/tls/v3/common.ts';
import { Secret } from '../../../proto/gen/envoy/extensions/transport_sockets/tls/v3/secret.ts';
import type { BackendAuthoritiesIR, ClientAuthoritiesIR, ClientChecksIR, SecretIR } from '../backend-ir.ts';
import { systemAuthorities } from './system-authorities.ts';
import { textMatch } from './text-match.ts';
import { resource, type EncodedResource } from './resource.ts';

export function secretResource({ name, certificateChain, privateKey }: SecretIR): EncodedResource {
  return resource(Secret, name, {
    name,
    type: {
      $case: 'tlsCertificate',
      value: { certificateChain: inline(certificateChain), privateKey: inline(privateKey) },
    },
  });
}

export function clientAuthoritiesResource({
  name,
  bundle,
  acceptsUntrusted,
}: ClientAuthoritiesIR): EncodedResource {
  return resource(Secret, name, {
    name,
    type: {
      $case: 'validationContext',
      value: {
        trustedCa: inline(bundle),
        ...(acceptsUntrusted ? untrusted : {}),
      },
    },
  });
}

export function clientChecksResource(checks: ClientChecksIR): EncodedResource {
  const { name, bundle, acceptsUntrusted, keyHashes, hashes, names, revoked } = checks;
  return resource(Secret, name, {
    name,
    type: {
      $case: 'validationContext',
      value: {
        ...(bundle === '' ? {} : { trustedCa: inline(bundle) }),
        verifyCertificateSpki: [...keyHashes],
        verifyCertificateHash: [...hashes],
        matchTypedSubjectAltNames: nameMatchers(names),
        ...(revoked === '' ? {} : { crl: inline(revoked) }),
        ...(revoked !== '' && checks.revokesLeafOnly ? { onlyVerifyLeafCertCrl: true } : {}),
        ...(checks.acceptsExpired ? { allowExpiredCertificate: true } : {}),
        ...(acceptsUntrusted ? untrusted : {}),
      },
    },
  });
}

function nameMatchers(names: ClientChecksIR['names']): SubjectAltNameMatcher[] {
  if (names === undefined) return [];
  const { dnsNames, emailAddresses, ipAddresses, uris, otherNames } = names;
  const of = (sanType: SanType, matches: typeof dnsNames) =>
    matches.map((match) => ({ sanType, matcher: textMatch(match) }));
  return [
    ...of(SanType.DNS, dnsNames),
    ...of(SanType.EMAIL, emailAddresses),
    ...of(SanType.IP_ADDRESS, ipAddresses),
    ...of(SanType.URI, uris),
    ...otherNames.map(({ oid, ...match }) => ({
      sanType: SanType.OTHER_NAME,
      oid,
      matcher: textMatch(match),
    })),
  ];
}

const untrusted = {
  trustChainVerification: CertificateValidationContext_TrustChainVerification.ACCEPT_UNTRUSTED,
};

export function backendAuthoritiesResource({ name, bundle }: BackendAuthoritiesIR): EncodedResource {
  const trustedCa = bundle === undefined ? systemAuthorities : inline(bundle);
  return resource(Secret, name, { name, type: { $case: 'validationContext', value: { trustedCa } } });
}

/** Uses inline bytes: Envoy redacts a key in its config dump, and never writes this to a file. */
function inline(pem: string) {
  return { specifier: { $case: 'inlineBytes', value: Buffer.from(pem) } } as const;
}
