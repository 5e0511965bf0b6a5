// The library below finds its parts by it, and needs it to be there first.
// oxlint-disable-next-line import/no-unassigned-import
import 'reflect-metadata';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
  type Extension,
} from '@peculiar/x509';
import { createPrivateKey, randomBytes } from 'node:crypto';

/** A certificate with its private key, both PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly privateKey: string;
}

/** The use of a leaf. */
export type LeafUse =
  | { readonly kind: 'server'; readonly dnsNames: readonly string[] }
  | { readonly kind: 'client'; readonly uri: string };

/** Certificates begin so long before now, as the clocks of a cluster differ. */
const backdateMs = 5 * 60_000;

/** An algorithm that every common TLS library computes fast and in constant time. */
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A new self-signed CA. `now` and `lifeMs` are milliseconds since 1970, and of life from now on. */
export async function issueAuthority(now: number, lifeMs: number): Promise<KeyPair> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const serialNumber = serial();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber,
    // A name of its own: a verifier that chose the issuer by name alone could not tell an old CA from a new one.
    name: `CN=Sluice xDS CA ${serialNumber.slice(0, 8)}`,
    ...validity(now, now + lifeMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pemOf(certificate), privateKey: await pemOfKey(keys.privateKey) };
}

/** A new certificate of the CA with a new key. It never outlives the CA, which must have an ECDSA P-256 key. */
export async function issueLeaf(
  authority: KeyPair,
  use: LeafUse,
  now: number,
  lifeMs: number,
): Promise<KeyPair> {
  const issuer = new X509Certificate(authority.certificate);
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: use.kind === 'server' ? 'CN=sluice' : 'CN=sluice-proxy',
    issuer: issuer.subjectName,
    ...validity(now, Math.min(now + lifeMs, issuer.notAfter.getTime())),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: await signingKey(authority.privateKey),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      ...namesOf(use),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return { certificate: pemOf(certificate), privateKey: await pemOfKey(keys.privateKey) };
}

function namesOf(use: LeafUse): Extension[] {
  if (use.kind === 'server') {
    return [
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(use.dnsNames.map((value) => ({ type: 'dns', value }))),
    ];
  }
  return [
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
    new SubjectAlternativeNameExtension([{ type: 'url', value: use.uri }]),
  ];
}

/** Certificates count in whole seconds. */
function validity(now: number, until: number): { readonly notBefore: Date; readonly notAfter: Date } {
  return { notBefore: wholeSecond(now - backdateMs), notAfter: wholeSecond(until) };
}

function wholeSecond(time: number): Date {
  return new Date(Math.floor(time / 1000) * 1000);
}

/** 128 bits, positive, and of full length: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.2 */
function serial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

function signingKey(privateKey: string): Promise<CryptoKey> {
  const der = createPrivateKey(privateKey).export({ type: 'pkcs8', format: 'der' });
  return crypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
}

async function pemOfKey(key: CryptoKey): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', key));
  return createPrivateKey({ key: der, type: 'pkcs8', format: 'der' }).export({
    type: 'pkcs8',
    format: 'pem',
  });
}

function pemOf(certificate: X509Certificate): string {
  return `${certificate.toString('pem').trimEnd()}\n`;
}
