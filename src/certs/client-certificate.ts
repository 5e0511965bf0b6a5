import { X509Certificate } from 'node:crypto';
import { gatewayOf, gatewayUri, type TlsMaterial } from '../lib/tls-identity.ts';
import { bundleOf, isDue, leafLifeMs, type Certificates } from './certificates.ts';
import { issueLeaf } from './issue.ts';
import { keyPairOf } from './key-pair.ts';
import { splitPem } from './split-pem.ts';

/** A new certificate for the proxies of a Gateway, for 90 days, and what they trust. */
export async function issueClient(
  certificates: Certificates,
  namespace: string,
  gateway: string,
  now: number,
): Promise<TlsMaterial> {
  const use = { kind: 'client', uri: gatewayUri(namespace, gateway) } as const;
  return { ...(await issueLeaf(certificates.authority, use, now, leafLifeMs)), ca: bundleOf(certificates) };
}

/** The same, unless what the proxies have will do for a third of its life; then only the CAs may be new. */
export async function renewClient(
  has: TlsMaterial,
  certificates: Certificates,
  namespace: string,
  gateway: string,
  now: number,
): Promise<TlsMaterial> {
  const ca = bundleOf(certificates);
  const pair = keyPairOf(has.certificate, has.privateKey);
  if (pair === undefined || isDue(pair.certificate, splitPem(ca), now))
    return issueClient(certificates, namespace, gateway, now);
  const names = new X509Certificate(pair.certificate).subjectAltName;
  if (gatewayOf(names) !== `${namespace}/${gateway}`)
    return issueClient(certificates, namespace, gateway, now);
  return { ...has, ca };
}
