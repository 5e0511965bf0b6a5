import type { ValidationScope } from '../../kinds/derived/effective-listeners.ts';
import { secretName } from '../../units/secret-name.ts';
import type { FrontendTls } from '../../kinds/gateway-api/gateway.ts';
import type { ClientAuthoritiesIR } from '../backend-ir.ts';
import type { Reader } from '../reader.ts';
import { readOurGateway } from '../attach/ownership.ts';
import type { Referrer } from '../backends/reference-grant.ts';
import { authoritiesOf } from '../certificates/authorities.ts';
import type { CertificateProblem } from './tls.ts';

/** Returns the port's own or the default: https://gateway-api.sigs.k8s.io/reference/spec/#frontendtlsconfig */
export function validationAt(frontend: FrontendTls, port: number): ValidationScope | undefined {
  if (frontend === undefined) return undefined;
  const at = frontend.perPort.findIndex((entry) => entry.port === port);
  const path = `spec.tls.frontend.${at < 0 ? 'default' : `perPort[${at}].tls`}.validation`;
  const { validation } = frontend.perPort[at]?.tls ?? frontend.default;
  return validation && { scope: at < 0 ? 'default' : String(port), validation, path };
}

/** Returns true when some port accepts clients without a valid certificate. */
export function allowsInsecureFallback(frontend: FrontendTls): boolean {
  const all = frontend === undefined ? [] : [frontend.default, ...frontend.perPort.map(({ tls }) => tls)];
  return all.some(({ validation }) => validation?.mode === 'AllowInsecureFallback');
}

export interface ClientAuthorities {
  /** PEM text of every usable CA. Empty: the listeners accept no client. */
  readonly bundle: string;
  readonly problems: readonly CertificateProblem[];
}

/** Reads all CAs that a validation refers to. */
export function clientAuthorities(
  reader: Reader,
  home: string,
  { validation, path }: ValidationScope,
): ClientAuthorities {
  const from: Referrer = { id: 'gateway.networking.k8s.io/Gateway', namespace: home };
  const refs = validation.caCertificateRefs;
  const at = `${path}.caCertificateRefs`;
  if (refs.length === 0) {
    const message = `${at}: names no CA certificate, or cannot be read`;
    return { bundle: '', problems: [{ reason: 'InvalidCACertificateRef', message }] };
  }
  const { bundle, problems } = authoritiesOf(reader, from, refs, at);
  return { bundle, problems: problems.map(({ cause, message }) => ({ reason: reasons[cause], message })) };
}

const reasons = {
  kind: 'InvalidCACertificateKind',
  reference: 'InvalidCACertificateRef',
  permission: 'RefNotPermitted',
} as const;

/** Makes the SDS resource by which Envoy verifies clients' certificates; undefined while there is no usable CA. */
export function translateClientAuthorities(
  reader: Reader,
  namespace: string,
  name: string,
  scope: string,
): ClientAuthoritiesIR | undefined {
  if (readOurGateway(reader, namespace, name) === undefined) return undefined;
  const found = reader.row('ClientValidation', namespace, `${name}/${scope}`);
  if (found === undefined) return undefined;
  const { bundle } = clientAuthorities(reader, namespace, found);
  if (bundle === '') return undefined;
  const acceptsUntrusted = found.validation.mode === 'AllowInsecureFallback';
  const unit = { kind: 'ClientAuthorities', namespace, name, scope } as const;
  return { name: secretName(unit), bundle, acceptsUntrusted };
}
