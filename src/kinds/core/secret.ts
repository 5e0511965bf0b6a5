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
}

/** Checked first: `Buffer` ignores characters that it does not know. */
const base64 = z
  .string()
  .refine(isBase64, 'must be base64: put plain text under stringData')
  .transform((text) => Buffer.from(text, 'base64').toString('utf8'));

const keys = ['tls.crt', 'tls.key', 'ca.crt', 'ca.crl', '.dockerconfigjson', 'credential'] as const;

function fields<T extends z.ZodType>(field: T) {
  return z.object(
    Object.fromEntries(keys.map((key) => [key, field.optional()])) as Record<
      (typeof keys)[number],
      z.ZodOptional<T>
    >,
  );
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
  if (type !== 'kubernetes.io/tls') return { type, ...authority, credential: text('credential'), unreadable };
  return { type, ...authority, certificate: text('tls.crt'), privateKey: text('tls.key'), unreadable };
});

/** Keeps certificates, revocation lists, registry credentials and the key `credential` only. Translation reports on them at the object that refers to them. */
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
