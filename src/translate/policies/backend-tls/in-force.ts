import type { BackendTLSPolicyRow } from '../../../kinds/gateway-api/backend-tls-policy.ts';
import type { BackendKind } from '../../../kinds/backend-kind.ts';
import type { BackendRow } from '../../../kinds/envoy-gateway/backend.ts';
import { backendTlsOf, policiesNaming } from '../../../kinds/indexes.ts';
import { splitResourceKey } from '../../../lib/key.ts';
import type { ObjectName } from '../../../units/unit-def.ts';
import type { Reader } from '../../reader.ts';
import { byAge } from '../attachment/claims.ts';

/** A Service or a Backend; the ports of the latter are those of its endpoints. */
export interface TlsTarget {
  readonly kind: BackendKind;
  readonly namespace: string;
  readonly name: string;
}

/**
 * Returns true when a BackendTLSPolicy is for the port, whatever it says: nothing may be sent in clear text then. Reads
 * indexes alone, so an edit of a policy costs none of the routes.
 */
export function asksForTls(reader: Reader, target: TlsTarget, section: string): boolean {
  const { kind, namespace, name } = target;
  // Nearly every backend has none: one index says so.
  if (!mayHavePolicy(reader, target)) return false;
  return [undefined, section]
    .map((part) => reader.index(backendTlsOf(kind, namespace, name, part)))
    .some((keys) => keys.length > 0);
}

/** The same for a Backend. Reads its row only when a policy names one of its ports. */
export function backendAsksForTls(reader: Reader, { namespace, name }: ObjectName): boolean {
  const target: TlsTarget = { kind: 'Backend', namespace, name };
  if (!mayHavePolicy(reader, target)) return false;
  if (reader.index(backendTlsOf('Backend', namespace, name, undefined)).length > 0) return true;
  const row = reader.row('Backend', namespace, name);
  return row !== undefined && sectionsOf(row).some((section) => asksForTls(reader, target, section));
}

/** Returns the ports of a Backend's endpoints as policies name them, each once; empty text: a socket has none. */
export function sectionsOf({ spec }: BackendRow): string[] {
  return [...new Set(spec.endpoints.map(({ fqdn, ip }) => String((fqdn ?? ip)?.port ?? '')))];
}

/**
 * Returns the policy in force for all endpoints of a Backend; `divided`: its ports have different ones, and one cluster
 * cannot have two.
 */
export function policyOfBackend(
  reader: Reader,
  { namespace, name }: ObjectName,
  row: BackendRow,
): BackendTLSPolicyAt | 'divided' | undefined {
  const target: TlsTarget = { kind: 'Backend', namespace, name };
  if (!mayHavePolicy(reader, target)) return undefined;
  const found = sectionsOf(row).map((section) => policyInForce(reader, target, section));
  const [first] = found;
  return found.every((policy) => policy?.name === first?.name) ? first : 'divided';
}

function mayHavePolicy(reader: Reader, { kind, namespace, name }: TlsTarget): boolean {
  return reader.index(policiesNaming(kind, namespace, name)).length > 0;
}

export interface BackendTLSPolicyAt {
  readonly namespace: string;
  readonly name: string;
  readonly row: BackendTLSPolicyRow;
}

/**
 * Returns the policy in force for a port: the oldest one for the port, or else for all of them. Costs O(policies of the
 * backend).
 */
export function policyInForce(
  reader: Reader,
  { kind, namespace, name: target }: TlsTarget,
  section: string,
): BackendTLSPolicyAt | undefined {
  const sections = [section, undefined].map((part) => backendTlsOf(kind, namespace, target, part));
  reader.expect(sections);
  const keysOf = sections.map((key) => reader.index(key));
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
