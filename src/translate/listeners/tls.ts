import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { GatewayListener, SecretObjectReference } from '../../kinds/gateway-api/listener.ts';
import type { SecretRow } from '../../kinds/core/secret.ts';
import { describeUnreadable, unreadableParts } from '../../kinds/unreadable.ts';
import type { SecretIR } from '../backend-ir.ts';
import type { Reader } from '../reader.ts';
import { certificatesIn } from '../certificates/pem.ts';
import { isPermitted, notPermitted, type Referrer } from '../backends/reference-grant.ts';

/** Certificates of an HTTPS listener. Without a usable one, the listener cannot be served. */
export interface ListenerCertificates {
  /** SDS names, in the order of `certificateRefs`. */
  readonly secrets: readonly { readonly namespace: string; readonly name: string }[];
  readonly problems: readonly CertificateProblem[];
}

export interface CertificateProblem {
  readonly reason:
    | 'InvalidCertificateRef'
    | 'InvalidCACertificateRef'
    | 'InvalidCACertificateKind'
    | 'RefNotPermitted';
  readonly message: string;
}

/** `from`: the object that has the listener. `at`: field path of the listener. */
export function listenerCertificates(
  reader: Reader,
  from: Referrer,
  listener: Pick<GatewayListener, 'tls'>,
  at: string,
): ListenerCertificates {
  const refs = listener.tls?.certificateRefs ?? [];
  const path = `${at}.tls.certificateRefs`;
  if (refs.length === 0) {
    const field = listener.tls === undefined ? `${at}.tls` : path;
    return { secrets: [], problems: [invalid(`${field}: name at least one TLS Secret`)] };
  }
  const secrets = new Map<string, { namespace: string; name: string }>();
  const problems: CertificateProblem[] = [];
  for (const [i, ref] of refs.entries()) {
    const namespace = ref.namespace ?? from.namespace;
    const problem = certificateProblem(reader, from, ref, namespace, `${path}[${i}]`);
    if (problem !== undefined) problems.push(problem);
    else secrets.set(`${namespace}/${ref.name}`, { namespace, name: ref.name });
  }
  return { secrets: [...secrets.values()], problems };
}

/** The key pair of a Secret in the form that Envoy accepts, or a problem. */
export type KeyPair =
  | { readonly kind: 'valid'; readonly certificateChain: string; readonly privateKey: string }
  | { readonly kind: 'invalid'; readonly message: string };

/**
 * Checks what Envoy checks, since a Secret that it rejects costs every listener that comes with it. Accepts an expired
 * certificate, as Envoy does: clients report it better. Messages never quote the Secret.
 */
export function parseKeyPair(row: SecretRow): KeyPair {
  if (row.unreadable !== undefined) return broken(describeUnreadable(unreadableParts(row, '')));
  if (row.type !== 'kubernetes.io/tls') return broken('must be of type kubernetes.io/tls');
  const chain = certificatesIn(row.certificate ?? '', maxChainLength);
  if (chain === 'malformed') return broken('tls.crt holds a malformed certificate');
  if (chain === 'too many') return broken(`tls.crt holds more than ${maxChainLength} certificates`);
  const leaf = chain[0];
  if (leaf === undefined) return broken('tls.crt holds no PEM certificate');
  const key = parsePrivateKey(row.privateKey ?? '');
  if (key === undefined) return broken('tls.key holds no PEM private key, or an encrypted one');
  const weakness = unsupportedKey(key);
  if (weakness !== undefined) return broken(`tls.key ${weakness}`);
  if (!leaf.checkPrivateKey(key)) return broken('tls.key is not the key of the certificate in tls.crt');
  return {
    kind: 'valid',
    // Written again, without comments, CRLF and EC PARAMETERS blocks, on which Envoy could fail.
    certificateChain: chain.map(String).join(''),
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }),
  };
}

/** Verdicts by row, as a batch decodes a row once, and a thousand listeners may share a certificate. */
const known = new WeakMap<SecretRow, KeyPair>();

function keyPair(row: SecretRow): KeyPair {
  const pair = known.get(row) ?? parseKeyPair(row);
  known.set(row, pair);
  return pair;
}

export function translateSecret(reader: Reader, namespace: string, name: string): SecretIR | undefined {
  const row = reader.row('Secret', namespace, name);
  if (row === undefined) return undefined;
  const pair = keyPair(row);
  if (pair.kind === 'invalid') return undefined;
  const { certificateChain, privateKey } = pair;
  return { name: `${namespace}/${name}`, certificateChain, privateKey };
}

/** Returns the problem of a reference to a certificate with its key, or undefined. */
export function certificateProblem(
  reader: Reader,
  from: Referrer,
  ref: SecretObjectReference,
  namespace: string,
  path: string,
): CertificateProblem | undefined {
  if (!isSecret(ref)) {
    const kind = ref.group === '' ? ref.kind : `${ref.group}/${ref.kind}`;
    return invalid(`${path}.kind: ${kind} is not supported, only Secret is`);
  }
  if (!isPermitted(reader, from, { group: '', kind: 'Secret', namespace, name: ref.name })) {
    const message = `${path}.namespace: ${notPermitted(reader, from, 'Secret', namespace)}`;
    return { reason: 'RefNotPermitted', message };
  }
  const row = reader.row('Secret', namespace, ref.name);
  if (row === undefined) return invalid(`${path}.name: Secret ${namespace}/${ref.name} does not exist`);
  const pair = keyPair(row);
  if (pair.kind === 'valid') return undefined;
  return invalid(`${path}.name: Secret ${namespace}/${ref.name}: ${pair.message}`);
}

function isSecret({ group, kind }: SecretObjectReference): boolean {
  return group === '' && kind === 'Secret';
}

/** Real chains have two to four; each costs parsing time in every proxy. */
const maxChainLength = 16;

function parsePrivateKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

/** Follows https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/security/ssl: RSA from 2,048 bits, 3 curves. */
function unsupportedKey(key: KeyObject): string | undefined {
  const details = key.asymmetricKeyDetails;
  if (key.asymmetricKeyType === 'rsa') {
    return (details?.modulusLength ?? 0) < 2048 ? 'must be an RSA key of at least 2048 bits' : undefined;
  }
  if (key.asymmetricKeyType === 'ec') {
    return curves.has(details?.namedCurve ?? '') ? undefined : 'must be of curve P-256, P-384 or P-521';
  }
  return 'must be an RSA or ECDSA key';
}

const curves = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

function invalid(message: string): CertificateProblem {
  return { reason: 'InvalidCertificateRef', message };
}

function broken(message: string): KeyPair {
  return { kind: 'invalid', message };
}
