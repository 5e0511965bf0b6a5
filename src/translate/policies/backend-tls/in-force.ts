import type { BackendTLSPolicyRow } from '../../../kinds/gateway-api/backend-tls-policy.ts';
import type { ServicePort } from '../../../kinds/core/service.ts';
import { backendTlsOf, policiesNaming } from '../../../kinds/indexes.ts';
import { splitResourceKey } from '../../../lib/key.ts';
import type { Reader } from '../../reader.ts';
import { byAge } from '../attachment/claims.ts';

interface ServiceName {
  readonly namespace: string;
  readonly service: string;
}

/**
 * Returns true when a BackendTLSPolicy is for the port, whatever it says: nothing may be sent in clear text then. Reads
 * indexes alone, so an edit of a policy costs none of the routes.
 */
export function asksForTls(reader: Reader, { namespace, service }: ServiceName, port: ServicePort): boolean {
  // Nearly every Service has none: one index says so.
  if (reader.index(policiesNaming('Service', namespace, service)).length === 0) return false;
  return [undefined, port.name]
    .map((section) => reader.index(backendTlsOf(namespace, service, section)))
    .some((keys) => keys.length > 0);
}

export interface BackendTLSPolicyAt {
  readonly namespace: string;
  readonly name: string;
  readonly row: BackendTLSPolicyRow;
}

/**
 * Returns the policy in force for a port: the oldest one for the port by name, or else for the whole Service. Costs
 * O(policies of the Service).
 */
export function policyInForce(
  reader: Reader,
  { namespace, service }: ServiceName,
  port: ServicePort,
): BackendTLSPolicyAt | undefined {
  const sections = [port.name, undefined].map((section) => backendTlsOf(namespace, service, section));
  reader.expect(sections);
  const keysOf = sections.map((section) => reader.index(section));
  reader.expect(keysOf.flat());
  for (const keys of keysOf) {
    const found = keys.flatMap((key) => {
      const { name } = splitResourceKey(key);
      const row = reader.row('BackendTLSPolicy', namespace, name);
      return row === undefined ? [] : [{ namespace, name, row }];
    });
    const [oldest] = found.sort(byAge);
    if (oldest !== undefined) return oldest;
  }
  return undefined;
}
