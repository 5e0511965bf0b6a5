import {
  endpointsName,
  parseClusterName,
  statName,
  type ClusterIdentity,
  type TlsIdentity,
} from '../../units/cluster-name.ts';
import { ourGatewayKey } from '../../units/listener-rows.ts';
import { secretName } from '../../units/secret-name.ts';
import type { BackendAuthoritiesIR, BackendTlsIR, ClusterIR } from '../backend-ir.ts';
import { resourceKey, type ResourceKey } from '../../lib/key.ts';
import { policyInForce } from '../policies/backend-tls/in-force.ts';
import { verdictOn } from '../policies/backend-tls/verdict.ts';
import { ownedSettings, settingsOwners } from '../policies/traffic/owned-settings.ts';
import type { Reader } from '../reader.ts';
import { gatewayTls } from './gateway-tls.ts';
import { servicePort } from './backend-ref.ts';

/**
 * Makes a Cluster, which follows from its name alone when it is in clear text. Returns undefined for one over TLS that no
 * policy asks for, whose Gateway has no TLS settings, or whose settings are gone: routes are about to leave it, and proxies
 * keep the form that they have until then.
 */
export function translateCluster(reader: Reader, name: string): ClusterIR | undefined {
  const identity = parseClusterName(name);
  const { tls: secure } = identity;
  const tls = secure === undefined ? 'none' : backendTls(reader, { ...identity, tls: secure });
  const traffic = ownedSettings(reader, identity, `${identity.service}.${identity.namespace}`);
  if (tls === undefined || traffic === 'absent') return undefined;
  return {
    name,
    endpoints:
      tls === 'closed' ? undefined : endpointsName({ ...identity, options: traffic?.endpointOptions }),
    statName: statName(identity),
    protocol: identity.protocol,
    tls: typeof tls === 'string' ? undefined : tls,
    ...(traffic === undefined ? {} : { traffic }),
  };
}

/** Returns the objects that a Cluster is made of. */
export function clusterSources(name: string): ResourceKey[] {
  const identity = parseClusterName(name);
  return [resourceKey('Service', identity.namespace, identity.service), ...settingsOwners(identity)];
}

/** Returns `closed` when what the policy asks for cannot be had. */
function backendTls(
  reader: Reader,
  { namespace, service, port, tls: { client } }: ClusterIdentity & { readonly tls: TlsIdentity },
): BackendTlsIR | 'closed' | undefined {
  const gatewayKeys = client && [
    ourGatewayKey(client.namespace, client.name),
    resourceKey('Gateway', client.namespace, client.name),
  ];
  reader.expect([resourceKey('Service', namespace, service), ...(gatewayKeys ?? [])]);
  const found = servicePort(reader.row('Service', namespace, service)?.spec.ports ?? [], port, 'TCP');
  const policy = found && policyInForce(reader, { namespace, service }, found);
  if (policy === undefined) return undefined;
  const { trust } = verdictOn(reader, namespace, policy.row);
  const { validation } = policy.row.spec;
  if (trust === undefined || validation === undefined) return 'closed';
  const own = client && gatewayTls(reader, client);
  if (client !== undefined && (own === undefined || own.kind === 'unreadable')) return undefined;
  if (own?.kind === 'invalid') return 'closed';
  const { certificate, parameters } = own?.kind === 'valid' ? own : plain;
  const { hostname, subjectAltNames } = validation;
  return {
    serverName: hostname,
    authorities: secretName({ kind: 'BackendAuthorities', namespace, name: policy.name }),
    certificate,
    parameters,
    // With names of its own, the policy does not want the hostname to count.
    names: subjectAltNames.length === 0 ? [{ type: 'Hostname', value: hostname }] : subjectAltNames,
  };
}

const plain = { certificate: undefined, parameters: {} };

/** Makes the SDS resource by which Envoy verifies backends; undefined while there is no usable CA. */
export function translateBackendAuthorities(
  reader: Reader,
  namespace: string,
  name: string,
): BackendAuthoritiesIR | undefined {
  const row = reader.row('BackendTLSPolicy', namespace, name);
  const trust = row && verdictOn(reader, namespace, row).trust;
  if (trust === undefined) return undefined;
  return {
    name: secretName({ kind: 'BackendAuthorities', namespace, name }),
    bundle: trust.kind === 'pem' ? trust.bundle : undefined,
  };
}
