import { Secret } from '../../../proto/gen/envoy/extensions/transport_sockets/tls/v3/secret.ts';
import type { SecretIR } from '../ir.ts';
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

/** Inline bytes and not an inline string: Envoy redacts a key in its config dump either way, and never copies this to a file. */
function inline(pem: string) {
  return { specifier: { $case: 'inlineBytes', value: Buffer.from(pem) } } as const;
}
