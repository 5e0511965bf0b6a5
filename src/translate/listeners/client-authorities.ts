import type { ValidationScope } from '../../kinds/derived/effective-listeners.ts';
import { secretName } from '../../units/secret-name.ts';
import type { FrontendTls, ObjectReference } from '../../kinds/gateway-api/gateway.ts';
import type { ClientAuthoritiesIR } from '../ir.ts';
import type { Reader } from '../reader.ts';
import { readOurGateway } from '../attach/ownership.ts';
import { isPermitted, type Referrer } from '../backends/reference-grant.ts';
import { certificatesIn } from './pem.ts';
import { notPermitted, type CertificateProblem } from './tls.ts';

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
  const certificates = new Set<string>();
  const problems: CertificateProblem[] = [];
  if (refs.length === 0) {
    const message = `${path}.caCertificateRefs: names no CA certificate, or cannot be read`;
    problems.push({ reason: 'InvalidCACertificateRef', message });
  }
  for (const [i, ref] of refs.entries()) {
    const found = authorityOf(reader, from, ref, `${path}.caCertificateRefs[${i}]`);
    if ('problem' in found) problems.push(found.problem);
    else for (const certificate of found.certificates) certificates.add(certificate);
  }
  return { bundle: [...certificates].join(''), problems };
}

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

type AuthorityKind = 'ConfigMap' | 'Secret';

function isSupported(ref: ObjectReference): ref is ObjectReference & { readonly kind: AuthorityKind } {
  return ref.group === '' && (ref.kind === 'ConfigMap' || ref.kind === 'Secret');
}

function authorityOf(
  reader: Reader,
  from: Referrer,
  ref: ObjectReference,
  path: string,
): { readonly certificates: readonly string[] } | { readonly problem: CertificateProblem } {
  if (!isSupported(ref)) {
    const kind = ref.group === '' ? ref.kind : `${ref.group}/${ref.kind}`;
    const message = `${path}.kind: ${kind} is not supported, only ConfigMap and Secret are`;
    return { problem: { reason: 'InvalidCACertificateKind', message } };
  }
  const { kind, name, namespace = from.namespace } = ref;
  if (!isPermitted(reader, from, { group: '', kind, namespace, name }))
    return { problem: notPermitted(reader, from, kind, namespace, path) };
  const row = reader.row(kind, namespace, name);
  const invalid = (what: string) =>
    ({
      problem: {
        reason: 'InvalidCACertificateRef',
        message: `${path}.name: ${kind} ${namespace}/${name}${what}`,
      },
    }) as const;
  if (row === undefined) return invalid(' does not exist');
  const certificates = certificatesIn(row.ca ?? '', maxAuthorities);
  if (certificates === 'malformed') return invalid(': ca.crt holds a malformed certificate');
  if (certificates === 'too many') return invalid(`: ca.crt holds more than ${maxAuthorities} certificates`);
  if (certificates.length === 0) return invalid(': ca.crt holds no PEM certificate');
  return { certificates: certificates.map(String) };
}

/** Public CAs together are some 150. */
const maxAuthorities = 500;
