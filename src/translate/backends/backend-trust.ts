import { resourceKey } from '../../lib/key.ts';
import type { BackendTlsSettings } from '../../kinds/envoy-gateway/backend-tls.ts';
import { secretName } from '../../units/secret-name.ts';
import { trustOf, type TrustResult } from '../certificates/trust.ts';
import { certificateProblem } from '../listeners/tls.ts';
import type { Reader } from '../reader.ts';

const id = 'gateway.envoyproxy.io/Backend';

/** Reads the CAs that a Backend names. Costs O(references). */
export function ownTrust(reader: Reader, namespace: string, tls: BackendTlsSettings): TrustResult {
  return trustOf(reader, { id, namespace }, tls, 'spec.tls');
}

interface OwnCertificate {
  /** SDS name; undefined: the Backend names no certificate, or there is a problem with it. */
  readonly secret: string | undefined;
  readonly problem: string | undefined;
}

/** Reads the certificate that the Backend's own field names. Like Envoy Gateway's, it is in the Backend's namespace. */
export function ownCertificate(
  reader: Reader,
  namespace: string,
  { clientCertificateRef: ref }: BackendTlsSettings,
): OwnCertificate {
  const path = 'spec.tls.clientCertificateRef';
  if (ref === undefined) return { secret: undefined, problem: undefined };
  if (ref.namespace !== undefined && ref.namespace !== namespace)
    return { secret: undefined, problem: `${path}.namespace: must be that of the Backend` };
  reader.expect([resourceKey('Secret', namespace, ref.name)]);
  const problem = certificateProblem(reader, { id, namespace }, ref, namespace, path);
  if (problem !== undefined) return { secret: undefined, problem: problem.message };
  return { secret: secretName({ kind: 'Secret', namespace, name: ref.name }), problem: undefined };
}
