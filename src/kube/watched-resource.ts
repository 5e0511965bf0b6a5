import type { KindDef } from '../kinds/kind-def.ts';
import { followedKinds } from '../kinds/followed-kinds.ts';

/** A kind that is followed in a cluster, and where the API server has it. */
export type WatchedResource = Omit<KindDef, 'role'>;

/** The resources that Sluice watches: exactly what its RBAC rules must allow, with the verbs `list` and `watch`. */
export const watchedResources: readonly WatchedResource[] = followedKinds;

/** Path of the group and version: `/api/v1`, `/apis/discovery.k8s.io/v1`. */
export function versionPath({ group }: WatchedResource, version: string): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}

/** Path of the collection; of all namespaces unless one is given. */
export function collectionPath(of: WatchedResource, version: string, namespace?: string): string {
  const within = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${versionPath(of, version)}${within}/${of.plural}`;
}

/** Path of one object. */
export function objectPath(of: WatchedResource, version: string, namespace: string, name: string): string {
  const within = namespace === '' ? undefined : namespace;
  return `${collectionPath(of, version, within)}/${encodeURIComponent(name)}`;
}

/** A part of a kind's objects that one watch follows. */
export interface WatchedPart {
  readonly resource: WatchedResource;
  /** Undefined: all namespaces, or a kind without any. */
  readonly namespace: string | undefined;
}

/**
 * The watches by which a kind is followed: one, or where only the objects of some namespaces are, one for each of these.
 * Namespaces themselves are followed one by one, by name, which a rule of RBAC can allow.
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
