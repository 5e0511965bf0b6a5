import { z } from 'zod';
import { jsonKind } from '../kind-def.ts';
import { tolerant } from '../tolerant.ts';
import { labels } from '../shape/shape.ts';

/** The API server gives every Namespace this label; a file need not have it. */
const nameLabel = 'kubernetes.io/metadata.name';

const named = z
  .object({ metadata: tolerant({ name: z.string(), labels }, { name: '', labels: [] }) })
  .transform(({ metadata: { name, labels: own, unreadable } }) => {
    const pairs = new Map(own).set(nameLabel, name);
    const sorted = [...pairs].sort(([a], [b]) => (a < b ? -1 : 1));
    // No selector matches a Namespace whose labels cannot be read: some select by the absence of a label.
    return { metadata: { labels: sorted, unreadable } };
  });

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
