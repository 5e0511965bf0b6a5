import type { BackendTlsSettings } from '../../kinds/envoy-gateway/backend-tls.ts';
import type { BackendRow } from '../../kinds/envoy-gateway/backend.ts';
import { describeUnreadable } from '../../kinds/unreadable.ts';
import { resourceKey } from '../../lib/key.ts';
import { condition, leftOutCondition, type Condition } from '../conditions.ts';
import { policyOfBackend } from '../policies/backend-tls/in-force.ts';
import type { Reader } from '../reader.ts';
import { refusals } from './backend-facts.ts';
import { ownCertificate, ownTrust } from './backend-trust.ts';

/**
 * Reports on a Backend, also on one that no route names: whoever applies it learns at once what is wrong with it. Costs
 * O(endpoints + references).
 */
export function backendReport(
  reader: Reader,
  namespace: string,
  name: string,
): { readonly conditions: readonly Condition[] } | undefined {
  reader.expect([resourceKey('Backend', namespace, name)]);
  const row = reader.row('Backend', namespace, name);
  if (row === undefined) return undefined;
  const { generation } = row.metadata;
  const refused = refusals(reader, row);
  if (refused.length > 0) {
    const message = `${describeUnreadable(refused)}; its requests are answered with an error`;
    return { conditions: [condition('Accepted', 'False', generation, 'Invalid', message)] };
  }
  const faults = tlsFaults(reader, namespace, name, row);
  const accepted =
    faults.length > 0
      ? condition('Accepted', 'False', generation, 'Invalid', `${faults.join('; ')}; it gets no requests`)
      : condition('Accepted', 'True', generation, 'Accepted', 'the Backend is accepted');
  return { conditions: [accepted, ...leftOutCondition(row.leftOut, generation)] };
}

function tlsFaults(reader: Reader, namespace: string, name: string, row: BackendRow): string[] {
  const { tls } = row.spec;
  const policy = policyOfBackend(reader, { namespace, name }, row);
  if (policy === 'divided')
    return ['spec.endpoints: their ports have different BackendTLSPolicies, and a Backend can have one'];
  if (tls === undefined) return [];
  const { problem } = ownCertificate(reader, namespace, tls);
  const certificate = problem === undefined ? [] : [problem];
  // The CAs of a policy take the place of the Backend's own.
  return policy !== undefined || tls.insecureSkipVerify
    ? certificate
    : [...authorityFaults(reader, namespace, tls), ...certificate];
}

function authorityFaults(reader: Reader, namespace: string, tls: BackendTlsSettings): string[] {
  const { trust, unknown, problems } = ownTrust(reader, namespace, tls);
  if (trust !== undefined) return [];
  if (unknown !== undefined) return [unknown];
  if (problems.length > 0) return problems.map(({ message }) => message);
  return ['spec.tls: give caCertificateRefs, wellKnownCACertificates or insecureSkipVerify'];
}
