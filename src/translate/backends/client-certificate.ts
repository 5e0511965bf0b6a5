import type { GatewayRow } from '../../kinds/gateway-api/gateway.ts';
import { gatewayGroup } from '../../kinds/gateway-api/parent-ref.ts';
import { secretName } from '../../units/secret-name.ts';
import { certificateProblem, type CertificateProblem } from '../listeners/tls.ts';
import type { Reader } from '../reader.ts';

export type ClientCertificate =
  /** `secret`: its SDS name. */
  | { readonly kind: 'valid'; readonly secret: string }
  | { readonly kind: 'invalid'; readonly problem: CertificateProblem };

/** Returns the certificate that a Gateway shows to backends over TLS; undefined: it has none. */
export function clientCertificate(
  reader: Reader,
  home: string,
  { spec }: Pick<GatewayRow, 'spec'>,
): ClientCertificate | undefined {
  const ref = spec.tls?.backend?.clientCertificateRef;
  if (ref === undefined) return undefined;
  const { name, namespace = home } = ref;
  const from = { id: `${gatewayGroup}/Gateway`, namespace: home } as const;
  const problem = certificateProblem(reader, from, ref, namespace, 'spec.tls.backend.clientCertificateRef');
  if (problem !== undefined) return { kind: 'invalid', problem };
  return { kind: 'valid', secret: secretName({ kind: 'Secret', namespace, name }) };
}
