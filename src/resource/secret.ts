import { z } from 'zod';
import { parseJsonRow } from './json-row.ts';
import type { ParsedRow } from './row.ts';

/**
 * A Secret as its row. Only a TLS certificate and its key are kept, as PEM text; whether they are any good is
 * translation's to say, on the Gateway that refers to them.
 */
export function parseSecret(manifest: unknown): ParsedRow {
  return parseJsonRow({ kind: 'Secret', scope: 'namespaced', schema: trimmed }, manifest);
}

/** PEM text of a TLS Secret. Other data of a Secret never enters the store. */
export const secret = z.object({
  type: z.string().default('Opaque'),
  certificate: z.string().optional(),
  privateKey: z.string().optional(),
});

export type SecretRow = z.infer<typeof secret>;

const base64 = z
  .string()
  .refine(isBase64, 'must be base64: put plain text under stringData')
  .transform((text) => Buffer.from(text, 'base64').toString('utf8'));

const trimmed = z
  .object({
    type: z.string().max(253).default('Opaque'),
    data: z.object({ 'tls.crt': base64.optional(), 'tls.key': base64.optional() }).prefault({}),
    stringData: z.object({ 'tls.crt': z.string().optional(), 'tls.key': z.string().optional() }).prefault({}),
  })
  .transform(({ type, data, stringData }): SecretRow => {
    if (type !== 'kubernetes.io/tls') return { type };
    return {
      type,
      certificate: stringData['tls.crt'] ?? data['tls.crt'],
      privateKey: stringData['tls.key'] ?? data['tls.key'],
    };
  });

/** `Buffer` would leave out whatever it does not know. Line breaks are allowed, as YAML folds long text. */
function isBase64(text: string): boolean {
  return /^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text) && text.replace(/\s/g, '').length % 4 === 0;
}
