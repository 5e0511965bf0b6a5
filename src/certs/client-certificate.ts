import { X509Certificate } from 'node:crypto';
import { proxiesOf, proxiesUri, type GatewayProxies, type TlsMaterial } from '../lib/tls-identity.ts';
import { bundleOf, isDue, proxyLifeMs, type Certificates } from './certificates.ts';
import { issueLeaf } from './issue.ts';
import { keyPairOf } from './key-pair.ts';
import { splitPem } from './split-pem.ts';

export async function issueClient(
  certificates: Certificates,
  proxies: GatewayProxies,
  now: number,
  lifeMs = proxyLifeMs,
): Promise<TlsMaterial> {
  const use = { kind: 'client', uri: proxiesUri(proxies) } as const;
  return { ...(await issueLeaf(certificates.authority, use, now, lifeMs)), ca: bundleOf(certificates) };
}

/** Keeps a good certificate and updates only the CAs, or issues a new one. */
export async function renewClient(
  has: TlsMaterial,
  certificates: Certificates,
  proxies: GatewayProxies,
  now: number,
  lifeMs = proxyLifeMs,
): Promise<TlsMaterial> {
  const ca = bundleOf(certificates);
  const pair = keyPairOf(has.certificate, has.privateKey);
  if (pair === undefined || isDue(pair.certificate, splitPem(ca), now))
    return issueClient(certificates, proxies, now, lifeMs);
  const leaf = new X509Certificate(pair.certificate);
  const named = proxiesOf(leaf.subjectAltName);
  const isSame = named !== undefined && proxiesUri(named) === proxiesUri(proxies);
  // Earlier versions of Sluice issued longer ones; clocks of replicas differ by less.
  const isLonger = leaf.validToDate.getTime() > now + 2 * lifeMs;
  return isSame && !isLonger ? { ...has, ca } : issueClient(certificates, proxies, now, lifeMs);
}
