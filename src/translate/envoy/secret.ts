import { CertificateValidationContext_TrustChainVerification } from '../../../proto/gen/envoy/extensions/transport_sockets/tls/v3/common.ts';
import { Secret } from '../../../proto/gen/envoy/extensions/transport_sockets/tls/v3/secret.ts';
import type { BackendAuthoritiesIR, ClientAuthoritiesIR, SecretIR } from '../backend-ir.ts';
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
        ...(acceptsUntrusted
          ? { trustChainVerification: CertificateValidationContext_TrustChainVerification.ACCEPT_UNTRUSTED }
          : {}),
      },
    },
  });
}

export function backendAuthoritiesResource({ name, bundle }: BackendAuthoritiesIR): EncodedResource {
  const trustedCa = bundle === undefined ? systemAuthorities : inline(bundle);
  return resource(Secret, name, { name, type: { $case: 'validationContext', value: { trustedCa } } });
}

/** Path of the CAs in images of Envoy and in Debian; Envoy has no word for the system's own (`system_root_certs` is gRPC's). */
const systemAuthorities = {
  specifier: { $case: 'filename', value: '/etc/ssl/certs/ca-certificates.crt' },
} as const;

/** Uses inline bytes: Envoy redacts a key in its config dump, and never writes this to a file. */
function inline(pem: string) {
  return { specifier: { $case: 'inlineBytes', value: Buffer.from(pem) } } as const;
}
