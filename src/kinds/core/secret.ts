import { z } from 'zod';
import { parseJsonRow } from '../json-row.ts';
import { registriesOf } from './registry-credentials.ts';
import type { ParsedRow } from '../row.ts';

/**
 * A Secret as its row. Only what Sluice has a use for is kept: a TLS certificate with its key and its CA, as PEM text, and
 * credentials for registries. Whether they are any good is translation's to say, on the object that refers to them.
 */
export function parseSecret(manifest: unknown): ParsedRow {
  return parseJsonRow({ kind: 'Secret', scope: 'namespaced', schema: trimmed }, manifest);
}

/** Other data of a Secret never enters the store. */
export const secret = z.object({
  type: z.string().default('Opaque'),
  certificate: z.string().optional(),
  privateKey: z.string().optional(),
  ca: z.string().optional(),
  /** By host, such as `registry.example.com:5000`; undefined for a Secret of another type. */
  registries: z.array(z.object({ host: z.string(), username: z.string(), password: z.string() })).optional(),
});

export type SecretRow = z.infer<typeof secret>;

const base64 = z
  .string()
  .refine(isBase64, 'must be base64: put plain text under stringData')
  .transform((text) => Buffer.from(text, 'base64').toString('utf8'));

const keys = ['tls.crt', 'tls.key', 'ca.crt', '.dockerconfigjson'] as const;

function fields<T extends z.ZodType>(field: T) {
  return z.object(
    Object.fromEntries(keys.map((key) => [key, field.optional()])) as Record<
      (typeof keys)[number],
      z.ZodOptional<T>
    >,
  );
}

const trimmed = z
  .object({
    type: z.string().max(253).default('Opaque'),
    data: fields(base64).prefault({}),
    stringData: fields(z.string()).prefault({}),
  })
  .transform(({ type, data, stringData }): SecretRow => {
    const text = (key: (typeof keys)[number]): string | undefined => stringData[key] ?? data[key];
    if (type === 'kubernetes.io/dockerconfigjson') {
      return { type, registries: registriesOf(text('.dockerconfigjson') ?? '') };
    }
    if (type !== 'kubernetes.io/tls') return { type };
    return { type, certificate: text('tls.crt'), privateKey: text('tls.key'), ca: text('ca.crt') };
  });

/** `Buffer` would leave out whatever it does not know. Line breaks are allowed, as YAML folds long text. */
function isBase64(text: string): boolean {
  return /^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text) && text.replace(/\s/g, '').length % 4 === 0;
}
