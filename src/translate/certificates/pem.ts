import { X509Certificate } from 'node:crypto';

/** Returns the certificates of a PEM text, in its order, without the text between them. */
export function certificatesIn(pem: string, max: number): X509Certificate[] | 'malformed' | 'too many' {
  const blocks = pem.match(block) ?? [];
  if (blocks.length > max) return 'too many';
  try {
    return blocks.map((text) => new X509Certificate(text));
  } catch {
    return 'malformed';
  }
}

const block = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
