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

/** PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly privateKey: string;
}

export type LeafUse =
  | { readonly kind: 'server'; readonly dnsNames: readonly string[] }
  | { readonly kind: 'client'; readonly uri: string };

/** Clocks of a cluster differ, so certificates start this long in the past. */
const backdateMs = 5 * 60_000;

/** Fast and in constant time in every common TLS library. */
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** Issues a self-signed CA. `now` is in milliseconds since 1970, and life counts from `now`. */
export async function issueAuthority(now: number, lifeMs: number): Promise<KeyPair> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const serialNumber = serial();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber,
    // Unique: a verifier that looks up the issuer by name must tell CAs apart.
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

/** Issues a certificate with a new key. It does not outlive the CA, whose key must be ECDSA P-256. */
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

function validity(now: number, until: number): { readonly notBefore: Date; readonly notAfter: Date } {
  return { notBefore: wholeSecond(now - backdateMs), notAfter: wholeSecond(until) };
}

function wholeSecond(time: number): Date {
  return new Date(Math.floor(time / 1000) * 1000);
}

/** 128 bits, positive, of full length: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.2 */
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
