import { CredentialInjector } from '../../../proto/gen/envoy/extensions/filters/http/credential_injector/v3/credential_injector.ts';
import { Generic } from '../../../proto/gen/envoy/extensions/http/injected_credentials/generic/v3/generic.ts';
import { Secret } from '../../../proto/gen/envoy/extensions/transport_sockets/tls/v3/secret.ts';
import type { Any } from '../../../proto/gen/google/protobuf/any.ts';
import type { CredentialIR, GenericSecretIR } from '../filter-ir.ts';
import { any } from './any.ts';
import { adsConfigSource } from './config-source.ts';
import { inPlace } from './in-place.ts';
import { resource, type EncodedResource } from './resource.ts';

/** Returns the filter that adds a credential, at its place in the filter chain. The value itself comes by SDS. */
export function credentialOnRoute({ secret, header, overwrites }: CredentialIR): readonly [string, Any] {
  const generic = any(Generic, {
    credential: { name: secret, sdsConfig: adsConfigSource },
    ...(header === undefined ? {} : { header }),
  });
  const injector = any(CredentialInjector, {
    ...(overwrites ? { overwrite: true } : {}),
    credential: { name: 'envoy.http.injected_credentials.generic', typedConfig: generic },
  });
  return inPlace('envoy.filters.http.credential_injector', injector);
}

export function genericSecretResource({ name, value }: GenericSecretIR): EncodedResource {
  const secret = { specifier: { $case: 'inlineBytes', value: Buffer.from(value) } } as const;
  return resource(Secret, name, { name, type: { $case: 'genericSecret', value: { secret } } });
}
