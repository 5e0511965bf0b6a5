import { resourceKey } from '../../lib/key.ts';
import { secretName } from '../../units/secret-name.ts';
import type { ObjectName } from '../../units/unit-def.ts';
import { readOurGateway } from '../attach/ownership.ts';
import type { TlsParametersIR } from '../backend-ir.ts';
import { gatewayParameters, type Parameters } from '../gateways/parameters.ts';
import { certificateProblem, type CertificateProblem } from '../listeners/tls.ts';
import type { Reader } from '../reader.ts';
import { clientCertificate, type ClientCertificate } from './client-certificate.ts';

/** Settings by which the proxies of a Gateway speak TLS to backends. */
export type GatewayTls =
  | { readonly kind: 'valid'; readonly certificate: string | undefined; readonly parameters: TlsParametersIR }
  | { readonly kind: 'invalid'; readonly problem: CertificateProblem }
  /** The settings cannot be read, and may restrict connections: no request is sent over TLS. */
  | { readonly kind: 'unreadable' };

/** Undefined: neither the Gateway nor its EnvoyProxy says anything of it. */
export function gatewayTls(reader: Reader, { namespace, name }: ObjectName): GatewayTls | undefined {
  reader.expect([resourceKey('Gateway', namespace, name)]);
  const gateway = readOurGateway(reader, namespace, name);
  const row = gateway && reader.row('Gateway', namespace, name);
  if (gateway === undefined || row === undefined) return undefined;
  const parameters = gatewayParameters(reader, gateway);
  const settings = parameters.kind === 'valid' ? parameters.proxy?.backendTLS : undefined;
  if (settings?.unreadable !== undefined) return { kind: 'unreadable' };
  const shown = proxyCertificate(reader, parameters) ?? clientCertificate(reader, namespace, row);
  if (shown?.kind === 'invalid') return shown;
  if (shown === undefined && settings === undefined) return undefined;
  return { kind: 'valid', certificate: shown?.secret, parameters: settings ?? {} };
}

/** Returns the certificate that an EnvoyProxy names, which comes before the Gateway's; undefined: it names none. */
export function proxyCertificate(reader: Reader, parameters: Parameters): ClientCertificate | undefined {
  if (parameters.kind === 'invalid' || parameters.proxy === undefined) return undefined;
  const ref = parameters.proxy.backendTLS?.clientCertificateRef;
  if (ref === undefined) return undefined;
  const { namespace, name: proxy } = parameters;
  const path = `EnvoyProxy ${proxy}: spec.backendTLS.clientCertificateRef`;
  if (ref.namespace !== undefined && ref.namespace !== namespace) {
    const message = `${path}.namespace: must be that of the EnvoyProxy`;
    return { kind: 'invalid', problem: { reason: 'InvalidCertificateRef', message } };
  }
  const problem = certificateProblem(
    reader,
    { id: 'gateway.envoyproxy.io/EnvoyProxy', namespace },
    ref,
    namespace,
    path,
  );
  if (problem !== undefined) return { kind: 'invalid', problem };
  return { kind: 'valid', secret: secretName({ kind: 'Secret', namespace, name: ref.name }) };
}
