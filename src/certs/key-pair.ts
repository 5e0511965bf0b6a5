import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import type { KeyPair } from './issue.ts';
import { splitPem } from './split-pem.ts';

/** Returns the key with its certificate; undefined without a match, or for another key than ECDSA P-256. */
export function keyPairOf(certificates: string, privateKey: string): KeyPair | undefined {
  const key = keyOf(privateKey);
  if (key?.asymmetricKeyDetails?.namedCurve !== 'prime256v1') return undefined;
  const certificate = certificatesOf(certificates)?.find((candidate) => candidate.checkPrivateKey(key));
  return (
    certificate && {
      certificate: certificate.toString(),
      privateKey: key.export({ type: 'pkcs8', format: 'pem' }),
    }
  );
}

/** Returns the certificates of a PEM text; undefined when it has none, or an unreadable one. */
export function certificatesOf(pem: string): X509Certificate[] | undefined {
  try {
    const certificates = splitPem(pem).map((block) => new X509Certificate(block));
    return certificates.length === 0 ? undefined : certificates;
  } catch {
    return undefined;
  }
}

/** Drops the parser's error, which may quote the key. */
function keyOf(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}
