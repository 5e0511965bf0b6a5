import type { Oidc } from '../../../kinds/envoy-gateway/oidc.ts';
import { serversOf, type ServerRef } from '../../../kinds/envoy-gateway/server-ref.ts';
import { backendKind } from '../../../kinds/backend-kind.ts';
import { resourceKey } from '../../../lib/key.ts';
import type { ProviderRef } from '../../../units/oidc-provider-key.ts';
import { servicePort } from '../../backends/backend-ref.ts';
import { ownTrust } from '../../backends/backend-trust.ts';
import type { Trust } from '../../certificates/trust.ts';
import type { Reader } from '../../reader.ts';
import { policyInForce, policyOfBackend, type BackendTLSPolicyAt } from '../backend-tls/in-force.ts';
import { verdictOn } from '../backend-tls/verdict.ts';

/**
 * Says which document a provider has, and by which CAs it is verified: beside those of the system, those by which proxies
 * verify the first of its `backendRefs`, when that one is in the namespace of the policy.
 */
export function providerRef(
  reader: Reader,
  home: string,
  provider: Pick<Oidc['provider'], 'issuer' | 'backendRef' | 'backendRefs'>,
): ProviderRef {
  const { issuer } = provider;
  const [first] = serversOf(provider);
  const isOwn = first !== undefined && (first.namespace ?? home) === home;
  const trust = isOwn ? trustIn(reader, home, first) : undefined;
  return trust?.kind === 'pem' ? { issuer, ca: trust.bundle } : { issuer };
}

function trustIn(reader: Reader, namespace: string, ref: ServerRef): Trust | undefined {
  const { name, port } = ref;
  const kind = backendKind(ref);
  if (kind === 'Service') {
    reader.expect([resourceKey(kind, namespace, name)]);
    const found = servicePort(reader.row(kind, namespace, name)?.spec.ports ?? [], port ?? 0, 'TCP');
    return found && ofPolicy(reader, policyInForce(reader, { kind, namespace, name }, found.name));
  }
  if (kind !== 'Backend') return undefined;
  reader.expect([resourceKey(kind, namespace, name)]);
  const row = reader.row(kind, namespace, name);
  if (row === undefined) return undefined;
  const policy = policyOfBackend(reader, { namespace, name }, row);
  if (policy === 'divided') return undefined;
  const { tls } = row.spec;
  return ofPolicy(reader, policy) ?? (tls && ownTrust(reader, namespace, tls).trust);
}

function ofPolicy(reader: Reader, policy: BackendTLSPolicyAt | undefined): Trust | undefined {
  return policy && verdictOn(reader, policy.namespace, policy.row).trust;
}
