import { z } from 'zod';
import { parseJsonRow } from './json-row.ts';
import type { ParsedRow } from './row.ts';

/** A ConfigMap as its row, of which only the certificates of an authority are kept. */
export function parseConfigMap(manifest: unknown): ParsedRow {
  return parseJsonRow({ kind: 'ConfigMap', scope: 'namespaced', schema: configMap }, manifest);
}

export const configMap = z
  .object({ data: z.object({ 'ca.crt': z.string().optional() }).prefault({}) })
  /** PEM text. Other data never enters the store. */
  .transform(({ data }) => ({ ca: data['ca.crt'] }));

export type ConfigMapRow = z.infer<typeof configMap>;
