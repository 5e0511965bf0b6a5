import { z } from 'zod';
import { parseJsonRow } from '../json-row.ts';
import type { ParsedRow } from '../row.ts';
import { labels } from '../shape/shape.ts';

/** A Namespace with its labels, which selectors of listeners read. */
export function parseNamespace(manifest: unknown): ParsedRow {
  return parseJsonRow({ kind: 'Namespace', scope: 'cluster', schema: named }, manifest);
}

export const namespace = z.object({ metadata: z.object({ labels }) });

export type NamespaceRow = z.infer<typeof namespace>;

/** Every Namespace has this label; the API server sees to it, and a file has none. */
const nameLabel = 'kubernetes.io/metadata.name';

const named = z
  .object({ metadata: z.object({ name: z.string(), labels }) })
  .transform(({ metadata }): NamespaceRow => {
    const pairs = new Map(metadata.labels).set(nameLabel, metadata.name);
    return { metadata: { labels: [...pairs].sort(([a], [b]) => (a < b ? -1 : 1)) } };
  });
