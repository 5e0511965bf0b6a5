import { isObject, mergeObjects } from '../kinds/merge-objects.ts';
import type { Manifest } from './manifest.ts';

interface Patch {
  readonly type: 'StrategicMerge' | 'JSONMerge';
  readonly value: Readonly<Record<string, unknown>>;
}

/**
 * Applies a user's patch, but keeps kind, name, owner and Sluice's labels. The API server checks the rest.
 * https://www.rfc-editor.org/rfc/rfc7396; `StrategicMerge` also merges lists whose items have a key:
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
 */
export function patched(manifest: Manifest, patch: Patch | undefined): Manifest {
  if (patch === undefined) return manifest;
  const { apiVersion, kind, metadata } = manifest;
  const merged = mergeObjects(manifest, patch.value, patch.type === 'StrategicMerge');
  const changed = isObject(merged['metadata']) ? merged['metadata'] : {};
  return {
    ...merged,
    apiVersion,
    kind,
    metadata: {
      name: metadata.name,
      namespace: metadata.namespace,
      labels: { ...texts(changed['labels']), ...metadata.labels },
      annotations: texts(changed['annotations']),
      ownerReferences: metadata.ownerReferences,
    },
  };
}

/** Drops values that are no text: the API server would refuse the whole object. */
function texts(value: unknown): Record<string, string> {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
