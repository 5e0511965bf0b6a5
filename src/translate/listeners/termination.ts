import type { PortListener, ValidationScope } from '../../kinds/derived/effective-listeners.ts';
import { secretName } from '../../units/secret-name.ts';
import type { OurGateway } from '../attach/ownership.ts';
import type { ClientCertificatesIR, TerminationIR } from '../listener-ir.ts';
import { clientTrust } from '../policies/client-traffic/certificates.ts';
import type { ClientPolicy } from '../policies/client-traffic/listener-clients.ts';
import { tlsOf } from '../policies/client-traffic/settings.ts';
import type { Reader } from '../reader.ts';
import { clientAuthorities } from './client-authorities.ts';
import { carriesHttp, protocols } from './protocol.ts';
import { referrerOf } from './referrer.ts';
import { listenerCertificates } from './tls.ts';

/** `none`: no usable certificate, or no CA for its clients, so no connection is accepted. Undefined: no TLS. */
export function termination(
  reader: Reader,
  gateway: OurGateway,
  { set, listener, protocol }: PortListener,
  found: ValidationScope | undefined,
  policy: ClientPolicy | undefined,
): TerminationIR | 'none' | undefined {
  if (!protocols[protocol].endsTls) return undefined;
  const spec = policy === undefined || policy.spec === 'invalid' ? undefined : policy.spec;
  const alpn = spec?.tls?.alpnProtocols ?? (carriesHttp({ protocol }) ? ['h2', 'http/1.1'] : []);
  const { secrets } = listenerCertificates(reader, referrerOf(gateway.namespace, set), listener, '');
  if (secrets.length === 0) return 'none';
  const certificates = secrets.map((secret) => secretName({ kind: 'Secret', ...secret }));
  const clients =
    policyValidation(reader, gateway, found, policy) ?? gatewayValidation(reader, gateway, found);
  if (clients === 'none') return 'none';
  return { alpn, certificates, clients, settings: spec && tlsOf(spec) };
}

function gatewayValidation(
  reader: Reader,
  { namespace, name }: OurGateway,
  found: ValidationScope | undefined,
): ClientCertificatesIR | 'none' | undefined {
  if (found === undefined) return undefined;
  if (clientAuthorities(reader, namespace, found).bundle === '') return 'none';
  return {
    authorities: secretName({ kind: 'ClientAuthorities', namespace, name, scope: found.scope }),
    isRequired: found.validation.mode === 'AllowValidOnly',
  };
}

/** Returns what a policy asks for; undefined: nothing, or it may not, as a policy of others opens no Gateway. */
function policyValidation(
  reader: Reader,
  gateway: OurGateway,
  found: ValidationScope | undefined,
  policy: ClientPolicy | undefined,
): ClientCertificatesIR | 'none' | undefined {
  if (policy === undefined || policy.spec === 'invalid') return undefined;
  const { namespace, name, spec } = policy;
  const wanted = spec.tls?.clientValidation;
  if (wanted === undefined || (found !== undefined && namespace !== gateway.namespace)) return undefined;
  if (clientTrust(reader, namespace, wanted).faults.length > 0) return 'none';
  return {
    authorities: secretName({ kind: 'ClientPolicyAuthorities', namespace, name }),
    isRequired: wanted.mode === 'RequireAndVerify' || wanted.mode === 'RequireAny',
  };
}
