import { z } from 'zod';
import { secretObjectReference } from '../gateway-api/listener.ts';
import { isGiven } from './is-given.ts';
import { stringMatch } from './string-match.ts';
import { cipherSuites, curves, signatureAlgorithms, tlsVersions } from './tls-settings.ts';

/** Fields of a ClientTrafficPolicy about TLS. Names that Envoy does not know would cost the whole Listener. */

const matches = z.array(stringMatch).max(64).default([]);

const otherName = stringMatch.extend({
  oid: z
    .string()
    .max(256)
    .regex(/^[0-2](\.(0|[1-9]\d{0,8}))+$/, 'must be an object identifier such as 1.3.6.1'),
});

const crl = z.strictObject({
  refs: z.array(secretObjectReference).min(1).max(8),
  onlyVerifyLeafCertificate: z.boolean().default(false),
});

const verifying: ReadonlySet<string> = new Set(['RequireAndVerify', 'VerifyIfGiven']);

/** Strict, as a part that is not known may be what refuses clients. */
const clientValidation = z
  .strictObject({
    /** The older form of mode `VerifyIfGiven`. */
    optional: z.boolean().default(false),
    mode: z.enum(['RequireAndVerify', 'VerifyIfGiven', 'RequireAny', 'Request']).optional(),
    caCertificateRefs: z.array(secretObjectReference).max(8).default([]),
    /** SHA-256 of the key's SubjectPublicKeyInfo, as base64. */
    spkiHashes: z
      .array(z.string().regex(/^[A-Za-z0-9+/]{43}=$/, 'must be a SHA-256 as base64'))
      .max(256)
      .default([]),
    /** SHA-256 of the certificate, as hex. */
    certificateHashes: z
      .array(
        z
          .string()
          .regex(/^[0-9a-fA-F]{64}$|^([0-9a-fA-F]{2}:){31}[0-9a-fA-F]{2}$/, 'must be a SHA-256 as hex'),
      )
      .max(256)
      .default([]),
    subjectAltNames: z
      .strictObject({
        dnsNames: matches,
        emailAddresses: matches,
        ipAddresses: matches,
        uris: matches,
        otherNames: z.array(otherName).max(64).default([]),
      })
      .optional(),
    crl: crl.optional(),
    allowExpiredCertificate: z.boolean().default(false),
  })
  .transform(({ optional, mode, ...rest }) => ({
    ...rest,
    isOptionalGiven: optional,
    mode: mode ?? (optional ? ('VerifyIfGiven' as const) : ('RequireAndVerify' as const)),
  }))
  .superRefine(({ mode, caCertificateRefs, allowExpiredCertificate }, context) => {
    // Envoy asks for no certificate that it could not verify, whatever becomes of the result.
    if (mode !== 'Request' && caCertificateRefs.length === 0)
      context.addIssue({
        code: 'custom',
        path: ['caCertificateRefs'],
        message: `is required for mode ${mode}`,
      });
    if (!verifying.has(mode) && allowExpiredCertificate)
      context.addIssue({
        code: 'custom',
        path: ['allowExpiredCertificate'],
        message: `must not be given for mode ${mode}`,
      });
  });

export const clientTls = z
  .object({
    minVersion: z.enum(tlsVersions).optional(),
    maxVersion: z.enum(tlsVersions).optional(),
    ciphers: z.array(z.enum(cipherSuites)).max(64).default([]),
    ecdhCurves: z.array(z.enum(curves)).max(16).default([]),
    signatureAlgorithms: z.array(z.enum(signatureAlgorithms)).max(16).default([]),
    /** Empty: none is offered. */
    alpnProtocols: z
      .array(z.enum(['http/1.0', 'http/1.1', 'h2']))
      .max(3)
      .optional(),
    fingerprints: z
      .array(z.enum(['JA3', 'JA4']))
      .max(2)
      .default([]),
    clientValidation: clientValidation.optional(),
    session: z
      .object({
        resumption: z.object({ stateless: isGiven, stateful: isGiven }).optional(),
      })
      .optional(),
  })
  .superRefine(({ minVersion = 'Auto', maxVersion, ciphers: suites }, context) => {
    if (maxVersion !== undefined && tlsVersions.indexOf(minVersion) > tlsVersions.indexOf(maxVersion))
      context.addIssue({
        code: 'custom',
        path: ['minVersion'],
        message: 'must not be later than maxVersion',
      });
    if (minVersion === '1.3' && suites.length > 0)
      context.addIssue({
        code: 'custom',
        path: ['ciphers'],
        message: 'have no effect from TLS 1.3 on',
      });
  });

export type ClientTls = z.infer<typeof clientTls>;
export type ClientCertificates = NonNullable<ClientTls['clientValidation']>;
