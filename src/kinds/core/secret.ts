import { z } from 'zod';
import { jsonKind } from '../kind-def.ts';
import { isBase64 } from '../shape/base64.ts';
import { tolerant } from '../tolerant.ts';
import type { Readable } from '../unreadable.ts';
import { registriesOf, type RegistryCredentials } from './registry-credentials.ts';

export interface SecretRow extends Readable {
  readonly type: string;
  readonly certificate?: string | undefined;
  readonly privateKey?: string | undefined;
  readonly ca?: string | undefined;
  /** Certificates that their CA has revoked, as PEM text. */
  readonly revoked?: string | undefined;
  readonly registries?: readonly RegistryCredentials[];
  /** Value of a header that proxies add to requests. */
  readonly credential?: string | undefined;
  /** Lines of `.htpasswd`, by which proxies know users and their passwords. */
  readonly users?: string | undefined;
  /** Values that are one short line, by key: any of them may be a client's key. */
  readonly lines?: readonly (readonly [string, string])[] | undefined;
  /** True when there are other values. */
  readonly hasMore?: true | undefined;
}

/** Checked first: `Buffer` ignores characters that it does not know. */
const base64 = z
  .string()
  .refine(isBase64, 'must be base64: put plain text under stringData')
  .transform((text) => Buffer.from(text, 'base64').toString('utf8'));

const keys = [
  'tls.crt',
  'tls.key',
  'ca.crt',
  'ca.crl',
  '.dockerconfigjson',
  'credential',
  '.htpasswd',
] as const;

function fields<T extends z.ZodType>(field: T) {
  return z
    .object(
      Object.fromEntries(keys.map((key) => [key, field.optional()])) as Record<
        (typeof keys)[number],
        z.ZodOptional<T>
      >,
    )
    .catchall(z.unknown());
}

/** Matches texts that may be the key of a client, as the use of a Secret is not known. No private key of TLS is one line. */
const line = /^[\x20-\x7e]{1,1024}$/;
/** Characters of one Secret: keys of a thousand clients. */
const maxLines = 65_536;

function linesOf(
  data: Readonly<Record<string, unknown>>,
  plain: Readonly<Record<string, unknown>>,
): Pick<SecretRow, 'lines' | 'hasMore'> {
  const texts = new Map<string, unknown>();
  for (const [key, value] of Object.entries(data)) texts.set(key, named.has(key) ? value : textOf(value));
  for (const [key, value] of Object.entries(plain)) texts.set(key, value);
  const lines: [string, string][] = [];
  let size = 0;
  for (const [key, value] of [...texts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (typeof value !== 'string' || !line.test(value) || size + value.length > maxLines) continue;
    size += value.length;
    lines.push([key, value]);
  }
  return {
    ...(lines.length === 0 ? {} : { lines }),
    ...(lines.length < texts.size ? { hasMore: true } : {}),
  };
}

const named: ReadonlySet<string> = new Set(keys);

function textOf(value: unknown): string | undefined {
  const isText = typeof value === 'string' && value.length <= 2048 && isBase64(value);
  return isText ? Buffer.from(value, 'base64').toString('utf8') : undefined;
}

const trimmed = tolerant(
  {
    type: z.string().max(253).default('Opaque'),
    data: fields(base64).prefault({}),
    stringData: fields(z.string()).prefault({}),
  },
  { type: '', data: {}, stringData: {} },
).transform(({ type, data, stringData, unreadable }): SecretRow => {
  const text = (key: (typeof keys)[number]): string | undefined => stringData[key] ?? data[key];
  if (type === 'kubernetes.io/dockerconfigjson')
    return { type, registries: registriesOf(text('.dockerconfigjson') ?? ''), unreadable };
  const authority = { ca: text('ca.crt'), revoked: text('ca.crl') };
  if (type !== 'kubernetes.io/tls') {
    const [credential, users] = [text('credential'), text('.htpasswd')];
    return { type, ...authority, credential, users, ...linesOf(data, stringData), unreadable };
  }
  return { type, ...authority, certificate: text('tls.crt'), privateKey: text('tls.key'), unreadable };
});

/**
 * Keeps certificates, revocation lists and registry credentials; of other Secrets passwords and short lines, as a
 * SecurityPolicy may name any. Translation reports on them at the object that refers to them.
 */
export const secretKind = jsonKind(
  {
    group: '',
    kind: 'Secret',
    versions: ['v1'],
    plural: 'secrets',
    scope: 'namespaced',
    role: 'support',
    // Clusters are full of Secrets that Sluice does not use: leave them out of memory.
    fieldSelector: ['helm.sh/release.v1', 'kubernetes.io/service-account-token']
      .map((type) => `type!=${type}`)
      .join(','),
  },
  trimmed,
);
