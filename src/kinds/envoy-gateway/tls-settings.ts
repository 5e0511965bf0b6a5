import { z } from 'zod';

/**
 * Versions and algorithms of TLS, as Envoy Gateway's kinds have them. Names are those that Envoy 1.40 takes: one that it does
 * not know costs the whole resource.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/extensions/transport_sockets/tls/v3/common.proto
 */
export const tlsVersions = ['Auto', '1.0', '1.1', '1.2', '1.3'] as const;

/** Names of OpenSSL, and those of IANA for the same suites. */
export const cipherSuites = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-SHA',
  'ECDHE-RSA-AES128-SHA',
  'AES128-GCM-SHA256',
  'AES128-SHA',
  'ECDHE-ECDSA-AES256-SHA',
  'ECDHE-RSA-AES256-SHA',
  'AES256-GCM-SHA384',
  'AES256-SHA',
  'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
  'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA',
  'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA',
  'TLS_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_RSA_WITH_AES_128_CBC_SHA',
  'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA',
  'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA',
  'TLS_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_RSA_WITH_AES_256_CBC_SHA',
] as const;

const ciphers: ReadonlySet<string> = new Set(cipherSuites);

/** Ciphers in brackets are of equal preference: `[A|B]`. */
function isCipher(text: string): boolean {
  const group = /^\[([A-Z0-9_|-]*)\]$/.exec(text)?.[1];
  return group === undefined ? ciphers.has(text) : group.split('|').every((name) => ciphers.has(name));
}

export const curves = ['X25519', 'P-256', 'P-384', 'P-521', 'X25519MLKEM768'] as const;

export const signatureAlgorithms = [
  'rsa_pkcs1_sha256',
  'rsa_pkcs1_sha384',
  'rsa_pkcs1_sha512',
  'ecdsa_secp256r1_sha256',
  'ecdsa_secp384r1_sha384',
  'ecdsa_secp521r1_sha512',
  'rsa_pss_rsae_sha256',
  'rsa_pss_rsae_sha384',
  'rsa_pss_rsae_sha512',
  'ed25519',
  'rsa_pkcs1_sha1',
  'ecdsa_sha1',
] as const;

/** Length of a name of ALPN: https://www.rfc-editor.org/rfc/rfc7301#section-3.1 */
const maxAlpnLength = 255;

/** Fields of a schema; {@link checkTlsVersions} checks two of them together. */
export const tlsSettings = {
  minVersion: z.enum(tlsVersions).optional(),
  maxVersion: z.enum(tlsVersions).optional(),
  ciphers: z
    .array(z.string().max(1024).refine(isCipher, 'must be a cipher suite that Envoy knows'))
    .max(64)
    .default([]),
  ecdhCurves: z.array(z.enum(curves)).max(16).default([]),
  signatureAlgorithms: z.array(z.enum(signatureAlgorithms)).max(32).default([]),
  /** Undefined: those of the protocol. Empty: none are offered. */
  alpnProtocols: z.array(z.string().min(1).max(maxAlpnLength)).max(16).optional(),
};

interface Versions {
  readonly minVersion?: TlsVersion | undefined;
  readonly maxVersion?: TlsVersion | undefined;
}

/** Envoy rejects a range without a version. `Auto` is the least as a minimum, and the most as a maximum. */
export function checkTlsVersions({ minVersion, maxVersion }: Versions, context: z.RefinementCtx): void {
  if (maxVersion === undefined || maxVersion === 'Auto') return;
  const least = minVersion ?? defaultMinVersion;
  if (tlsVersions.indexOf(least) <= tlsVersions.indexOf(maxVersion)) return;
  const message = `must not be below minVersion, which is ${least}`;
  context.addIssue({ code: 'custom', path: ['maxVersion'], message });
}

/** Default of Envoy Gateway, and of Sluice without settings. */
const defaultMinVersion = '1.2' satisfies TlsVersion;

type TlsVersion = (typeof tlsVersions)[number];
