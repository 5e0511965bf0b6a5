import { z } from 'zod';
import { jsonKind } from '../kind-def.ts';
import { labels } from '../shape/shape.ts';

/** Every Namespace has this label; the API server sees to it, and a file has none. */
const nameLabel = 'kubernetes.io/metadata.name';

const named = z.object({ metadata: z.object({ name: z.string(), labels }) }).transform(({ metadata }) => {
  const pairs = new Map(metadata.labels).set(nameLabel, metadata.name);
  return { metadata: { labels: [...pairs].sort(([a], [b]) => (a < b ? -1 : 1)) } };
});

/** A Namespace with its labels, which selectors of listeners read. */
export const namespaceKind = jsonKind(
  {
    group: '',
    kind: 'Namespace',
    versions: ['v1'],
    plural: 'namespaces',
    scope: 'cluster',
    role: 'support',
  },
  named,
);
