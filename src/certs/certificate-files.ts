import { X509Certificate } from 'node:crypto';
import { bundleOf, type Certificates, type FoundCertificates } from './certificates.ts';
import { certificatesOf, keyPairOf } from './key-pair.ts';

export type Found =
  | { readonly kind: 'none' }
  | { readonly kind: 'certificates'; readonly certificates: FoundCertificates }
  /** Content of another program, or damaged: must not be overwritten. One line, which quotes nothing. */
  | { readonly kind: 'unusable'; readonly reason: string };

export const certificateFileNames = [
  'ca.crt',
  'ca.key',
  'next-ca.key',
  'tls.crt',
  'tls.key',
  'drain.key',
] as const;

/** Returns contents by name, for files or a Secret; undefined removes a file. */
export function certificateFiles(certificates: Certificates): Map<string, string | undefined> {
  const { authority, next, server, drainKey } = certificates;
  // In this order, `foundIn` can continue after a crash between two files.
  return new Map([
    ['next-ca.key', next?.privateKey],
    ['ca.crt', bundleOf(certificates)],
    ['ca.key', authority.privateKey],
    ['tls.key', server.privateKey],
    ['tls.crt', server.certificate],
    ['drain.key', drainKey],
  ]);
}

/** Reads the files. The keys decide which CA signs, not the order in `ca.crt`. */
export function foundIn(files: ReadonlyMap<string, string>): Found {
  const text = (name: (typeof certificateFileNames)[number]): string => files.get(name)?.trim() ?? '';
  if ([text('ca.crt'), text('ca.key'), text('tls.crt'), text('tls.key')].every((content) => content === ''))
    return { kind: 'none' };
  if (text('ca.crt') === '') return unusable('ca.crt is missing');
  if (text('ca.key') === '') return unusable('ca.key is missing');
  const bundle = certificatesOf(text('ca.crt'));
  if (bundle === undefined) return unusable('ca.crt is not made of PEM certificates');
  const authority = keyPairOf(text('ca.crt'), text('ca.key'));
  if (authority === undefined)
    return unusable('ca.key is not the ECDSA P-256 key of a certificate in ca.crt');
  if (!new X509Certificate(authority.certificate).ca) return unusable('the certificate of ca.key is no CA');
  const waiting = keyPairOf(text('ca.crt'), text('next-ca.key'));
  const next = waiting?.certificate === authority.certificate ? undefined : waiting;
  const retired = bundle
    .map((certificate) => certificate.toString())
    .filter((pem) => pem !== authority.certificate && pem !== next?.certificate);
  const drainKey = text('drain.key');
  return {
    kind: 'certificates',
    certificates: {
      authority,
      next,
      retired,
      server: keyPairOf(text('tls.crt'), text('tls.key')),
      drainKey: drainKey === '' ? undefined : drainKey,
    },
  };
}

function unusable(reason: string): Found {
  return { kind: 'unusable', reason };
}
