import type { KindDef } from '../kinds/kind-def.ts';
import { followedKinds } from '../kinds/followed-kinds.ts';

export type WatchedResource = Omit<KindDef, 'role'>;

/** The resources that Sluice watches: its RBAC rules must allow exactly these, with `list` and `watch`. */
export const watchedResources: readonly WatchedResource[] = followedKinds;

export function versionPath({ group }: WatchedResource, version: string): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}

export function collectionPath(of: WatchedResource, version: string, namespace?: string): string {
  const within = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${versionPath(of, version)}${within}/${of.plural}`;
}

export function objectPath(of: WatchedResource, version: string, namespace: string, name: string): string {
  const within = namespace === '' ? undefined : namespace;
  return `${collectionPath(of, version, within)}/${encodeURIComponent(name)}`;
}

export interface WatchedPart {
  readonly resource: WatchedResource;
  readonly namespace: string | undefined;
}

/** Returns one watch, or one for each namespace. Namespaces are followed by name, as RBAC rules can allow that. */
export function watchedParts(resource: WatchedResource, namespaces: readonly string[]): WatchedPart[] {
  if (namespaces.length === 0) return [{ resource, namespace: undefined }];
  if (resource.scope === 'namespaced') return namespaces.map((namespace) => ({ resource, namespace }));
  if (resource.kind !== 'Namespace') return [{ resource, namespace: undefined }];
  return namespaces.map((name) => ({
    resource: { ...resource, fieldSelector: `metadata.name=${name}` },
    namespace: undefined,
  }));
}
