import type { KindDef } from '../kinds/kind-def.ts';
import { followedKinds } from '../kinds/followed-kinds.ts';

/** A kind that is followed in a cluster. */
export type WatchedResource = Omit<KindDef, 'role'>;

/** The resources that Sluice watches: its RBAC rules must allow exactly these, with `list` and `watch`. */
export const watchedResources: readonly WatchedResource[] = followedKinds;

/** Returns `/api/v1`, `/apis/discovery.k8s.io/v1`. */
export function versionPath({ group }: WatchedResource, version: string): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}

/** Returns the path of the collection in a namespace, or in all of them. */
export function collectionPath(of: WatchedResource, version: string, namespace?: string): string {
  const within = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${versionPath(of, version)}${within}/${of.plural}`;
}

export function objectPath(of: WatchedResource, version: string, namespace: string, name: string): string {
  const within = namespace === '' ? undefined : namespace;
  return `${collectionPath(of, version, within)}/${encodeURIComponent(name)}`;
}

/** Objects of a kind that one watch follows. */
export interface WatchedPart {
  readonly resource: WatchedResource;
  /** Undefined: all namespaces, or a kind without namespaces. */
  readonly namespace: string | undefined;
}

/**
 * Returns the watches for a kind: one, or one for each of the given namespaces. Namespaces themselves are followed one
 * by one, by name, as a rule of RBAC can allow that.
 */
export function watchedParts(resource: WatchedResource, namespaces: readonly string[]): WatchedPart[] {
  if (namespaces.length === 0) return [{ resource, namespace: undefined }];
  if (resource.scope === 'namespaced') return namespaces.map((namespace) => ({ resource, namespace }));
  if (resource.kind !== 'Namespace') return [{ resource, namespace: undefined }];
  return namespaces.map((name) => ({
    resource: { ...resource, fieldSelector: `metadata.name=${name}` },
    namespace: undefined,
  }));
}
