import {
  backendOf,
  backendService,
  type ClusterIdentity,
  type TlsIdentity,
} from '../../units/cluster-name.ts';
import { secretName } from '../../units/secret-name.ts';
import { resourceKey } from '../../lib/key.ts';
import type { BackendTlsSettings } from '../../kinds/envoy-gateway/backend-tls.ts';
import type { BackendRow } from '../../kinds/envoy-gateway/backend.ts';
import type { ObjectName } from '../../units/unit-def.ts';
import type { BackendAuthoritiesIR, BackendTlsIR, TlsParametersIR } from '../backend-ir.ts';
import type { Trust } from '../certificates/trust.ts';
import { policyInForce, policyOfBackend, type BackendTLSPolicyAt } from '../policies/backend-tls/in-force.ts';
import { verdictOn } from '../policies/backend-tls/verdict.ts';
import type { Reader } from '../reader.ts';
import { ownCertificate, ownTrust } from './backend-trust.ts';
import { servicePort } from './backend-ref.ts';
import { gatewayTls } from './gateway-tls.ts';

type SecureIdentity = ClusterIdentity & { readonly tls: TlsIdentity };

/** Result for a Cluster over TLS. Undefined: nothing asks for it any longer. `closed`: it cannot be had. */
export type ClusterTls = BackendTlsIR | 'closed' | undefined;

export function tlsOfService(reader: Reader, { namespace, service, port, tls }: SecureIdentity): ClusterTls {
  reader.expect([resourceKey('Service', namespace, service)]);
  const found = servicePort(reader.row('Service', namespace, service)?.spec.ports ?? [], port, 'TCP');
  const policy = found && policyInForce(reader, { kind: 'Service', namespace, name: service }, found.name);
  if (policy === undefined) return undefined;
  const verified = byPolicy(reader, policy);
  const shown = ofGateway(reader, tls.client);
  if (shown === undefined) return undefined;
  return verified === undefined || shown === 'closed' ? 'closed' : { ...verified, ...shown };
}

/** A BackendTLSPolicy wins over the Backend in what both say: CAs, the name that is sent, and the names that count. */
export function tlsOfBackend(reader: Reader, identity: SecureIdentity, row: BackendRow): ClusterTls {
  const { namespace } = identity;
  const name = backendOf(identity) ?? '';
  const own = row.spec.tls;
  const policy = policyOfBackend(reader, { namespace, name }, row);
  if (policy === 'divided') return 'closed';
  if (policy === undefined && own === undefined) return undefined;
  const verified =
    policy === undefined
      ? own && bySettings(reader, { namespace, name }, own, identity.protocol === 'tcp')
      : byPolicy(reader, policy);
  const shown = shownBy(reader, namespace, own, ofGateway(reader, identity.tls.client));
  if (shown === undefined) return undefined;
  return verified === undefined || shown === 'closed' ? 'closed' : { ...verified, ...shown };
}

type Verification = Omit<BackendTlsIR, keyof ShownIR>;

/** Returns undefined for a policy that is not valid. */
function byPolicy(reader: Reader, { namespace, name, row }: BackendTLSPolicyAt): Verification | undefined {
  const { trust } = verdictOn(reader, namespace, row);
  const { validation } = row.spec;
  if (trust === undefined || validation === undefined) return undefined;
  const { hostname, subjectAltNames } = validation;
  return {
    serverName: hostname,
    authorities: secretName({ kind: 'BackendAuthorities', namespace, name }),
    // With names of its own, the policy does not want the hostname to count.
    names: subjectAltNames.length === 0 ? [{ type: 'Hostname', value: hostname }] : subjectAltNames,
  };
}

/** Returns undefined when there is no usable CA. A proxy of bytes knows no host of a request, so it sends the endpoint's. */
function bySettings(
  reader: Reader,
  { namespace, name }: ObjectName,
  tls: BackendTlsSettings,
  isOfBytes: boolean,
): Verification | undefined {
  const isVerified = !tls.insecureSkipVerify;
  if (isVerified && ownTrust(reader, namespace, tls).trust === undefined) return undefined;
  const nameFrom = tls.autoSNIFromEndpointHostname || isOfBytes ? 'endpoint' : 'request';
  return {
    ...(tls.sni === undefined ? { nameFrom } : { serverName: tls.sni }),
    authorities: isVerified ? authoritiesOfBackend({ namespace, name }) : undefined,
    names: [],
  };
}

type ShownIR = Pick<BackendTlsIR, 'certificate' | 'parameters'>;

/** Certificate and settings of the proxies' side. Undefined: nothing asks for them any longer. */
type Shown = ShownIR | 'closed' | undefined;

function ofGateway(reader: Reader, client: ObjectName | undefined): Shown {
  if (client === undefined) return plain;
  const own = gatewayTls(reader, client);
  if (own === undefined) return undefined;
  if (own.kind !== 'valid') return 'closed';
  return { certificate: own.certificate, parameters: own.parameters };
}

const plain: ShownIR = { certificate: undefined, parameters: {} };

/** Puts the fields that the Backend gives before those of the Gateway. */
function shownBy(
  reader: Reader,
  namespace: string,
  own: BackendTlsSettings | undefined,
  above: Shown,
): Shown {
  if (own === undefined) return above;
  const { secret, problem } = ownCertificate(reader, namespace, own);
  if (problem !== undefined) return 'closed';
  const base = above === 'closed' && secret !== undefined ? plain : above;
  if (base === undefined || base === 'closed') return base;
  return {
    certificate: secret ?? base.certificate,
    parameters: { ...base.parameters, ...givenIn(own) },
  };
}

function givenIn({ minVersion, maxVersion, alpnProtocols, ...lists }: BackendTlsSettings): TlsParametersIR {
  const { ciphers, ecdhCurves, signatureAlgorithms } = lists;
  return {
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    ...(ciphers.length === 0 ? {} : { ciphers }),
    ...(ecdhCurves.length === 0 ? {} : { ecdhCurves }),
    ...(signatureAlgorithms.length === 0 ? {} : { signatureAlgorithms }),
    ...(alpnProtocols === undefined ? {} : { alpnProtocols }),
  };
}

function authoritiesOfBackend({ namespace, name }: ObjectName): string {
  return secretName({ kind: 'BackendAuthorities', namespace, name: backendService(name) });
}

/**
 * Makes the SDS resource by which Envoy verifies backends, of a BackendTLSPolicy or of a Backend; undefined while there is no
 * usable CA.
 */
export function translateBackendAuthorities(
  reader: Reader,
  namespace: string,
  name: string,
): BackendAuthoritiesIR | undefined {
  const trust = trustIn(reader, namespace, name);
  if (trust === undefined) return undefined;
  return {
    name: secretName({ kind: 'BackendAuthorities', namespace, name }),
    bundle: trust.kind === 'pem' ? trust.bundle : undefined,
  };
}

function trustIn(reader: Reader, namespace: string, name: string): Trust | undefined {
  const backend = backendOf({ service: name });
  if (backend !== undefined) {
    const tls = reader.row('Backend', namespace, backend)?.spec.tls;
    return tls && ownTrust(reader, namespace, tls).trust;
  }
  const row = reader.row('BackendTLSPolicy', namespace, name);
  return row && verdictOn(reader, namespace, row).trust;
}
