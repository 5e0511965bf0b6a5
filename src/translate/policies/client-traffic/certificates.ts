import type { ClientCertificates } from '../../../kinds/envoy-gateway/client-tls.ts';
import type { Problem } from '../../../kinds/row.ts';
import { secretName } from '../../../units/secret-name.ts';
import type { ObjectName } from '../../../units/unit-def.ts';
import type { Referrer } from '../../backends/reference-grant.ts';
import { authoritiesOf, authorityKeys } from '../../certificates/authorities.ts';
import { revocationsOf } from '../../certificates/revocations.ts';
import type { ClientChecksIR } from '../../backend-ir.ts';
import type { Reader } from '../../reader.ts';
import { faultsOf } from './faults.ts';
import { readClientPolicy } from './port-policies.ts';

export interface ClientTrust {
  /** PEM text of the usable CAs; empty: there is none. */
  readonly bundle: string;
  readonly revoked: string;
  /** Problems for which no client is accepted. */
  readonly faults: readonly Problem[];
  /** CAs that are left out beside others. */
  readonly warnings: readonly Problem[];
}

const path = 'spec.tls.clientValidation';

/**
 * Reads what a policy refers to, in its own namespace and where a ReferenceGrant permits it. A bad CA takes nothing from
 * the others; without any, and without a whole revocation list, no client is accepted.
 */
export function clientTrust(
  reader: Reader,
  namespace: string,
  { caCertificateRefs: refs, crl }: ClientCertificates,
): ClientTrust {
  const from: Referrer = { id: 'gateway.envoyproxy.io/ClientTrafficPolicy', namespace };
  reader.expect([...authorityKeys(from, refs), ...authorityKeys(from, crl?.refs ?? [])]);
  const { bundle, problems } = authoritiesOf(reader, from, refs, `${path}.caCertificateRefs`);
  const bad = problems.map(({ message }) => ({ path: '', message }));
  const isLost = refs.length > 0 && bundle === '';
  const lists = revocationsOf(reader, from, crl?.refs ?? [], `${path}.crl.refs`);
  return {
    bundle,
    revoked: lists.text,
    faults: [...(isLost ? bad : []), ...lists.problems],
    warnings: isLost ? [] : bad,
  };
}

/** Makes the SDS resource by which Envoy checks clients; undefined while no client is accepted. */
export function translateClientChecks(
  reader: Reader,
  { namespace, name }: ObjectName,
): ClientChecksIR | undefined {
  const row = readClientPolicy(reader, { namespace, name });
  const wanted = row?.spec.tls?.clientValidation;
  if (row === undefined || wanted === undefined || faultsOf(namespace, row).length > 0) return undefined;
  const { bundle, revoked, faults } = clientTrust(reader, namespace, wanted);
  if (faults.length > 0) return undefined;
  const { mode, spkiHashes, certificateHashes, subjectAltNames, crl, allowExpiredCertificate } = wanted;
  return {
    name: secretName({ kind: 'ClientPolicyAuthorities', namespace, name }),
    bundle,
    acceptsUntrusted: mode === 'RequireAny' || mode === 'Request',
    keyHashes: spkiHashes,
    hashes: certificateHashes,
    names: subjectAltNames,
    revoked,
    revokesLeafOnly: crl?.onlyVerifyLeafCertificate === true,
    acceptsExpired: allowExpiredCertificate,
  };
}
