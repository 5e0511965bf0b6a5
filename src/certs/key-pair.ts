import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import type { KeyPair } from './issue.ts';
import { splitPem } from './split-pem.ts';

/**
 * The key and that certificate of the PEM text which belongs to it; undefined when there is none, or when the key is not
 * an ECDSA P-256 key, with which alone we sign.
 */
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

/** The certificates of a PEM text; undefined when there is none, or one that cannot be read. */
export function certificatesOf(pem: string): X509Certificate[] | undefined {
  try {
    const certificates = splitPem(pem).map((block) => new X509Certificate(block));
    return certificates.length === 0 ? undefined : certificates;
  } catch {
    return undefined;
  }
}

/** The problem with a key is not told, as no error of Sluice may quote a key. */
function keyOf(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}
