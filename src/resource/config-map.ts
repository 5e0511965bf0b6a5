import { z } from 'zod';
import { parseJsonRow } from './json-row.ts';
import type { ParsedRow } from './row.ts';
import { labels } from './shape.ts';

export function parseConfigMap(manifest: unknown): ParsedRow {
  return parseJsonRow({ kind: 'ConfigMap', scope: 'namespaced', schema: configMap }, manifest);
}

/** Data as sorted pairs, since a key may be `__proto__`. */
export const configMap = z.object({ data: labels });

export type ConfigMapRow = z.infer<typeof configMap>;
