import { must } from '../lib/assert.ts';
import type { Scope } from '../kinds/identity.ts';
import { followedKinds, type FollowedKind } from '../kinds/parse.ts';

/** A kind that is followed in a cluster, and where the API server has it. */
export interface WatchedResource {
  readonly followed: Omit<FollowedKind, 'kind'> & { readonly kind: string };
  /** The name in paths and in RBAC rules. */
  readonly plural: string;
  readonly scope: Scope;
  /** Sluice writes the status of such objects, and so must see it: exactly what the verb `patch` is for. */
  readonly hasStatus: boolean;
  /** Leaves at the server what we would not read; undefined: everything is wanted. */
  readonly fieldSelector?: string | undefined;
  readonly labelSelector?: string | undefined;
}

/** What Sluice watches: exactly what its RBAC rules must allow, with the verbs `list` and `watch`. */
export const watchedResources: readonly WatchedResource[] = [
  resource('GatewayClass', 'gatewayclasses', 'cluster', 'status'),
  resource('Gateway', 'gateways', 'namespaced', 'status'),
  resource('HTTPRoute', 'httproutes', 'namespaced', 'status'),
  resource('ReferenceGrant', 'referencegrants', 'namespaced'),
  resource('EnvoyProxy', 'envoyproxies', 'namespaced'),
  resource('EnvoyExtensionPolicy', 'envoyextensionpolicies', 'namespaced', 'status'),
  resource('Namespace', 'namespaces', 'cluster'),
  resource('Service', 'services', 'namespaced'),
  // Clusters are full of Secrets that are none of our business, and the less of them in memory the better.
  resource('Secret', 'secrets', 'namespaced', {
    fieldSelector: ['Opaque', 'helm.sh/release.v1', 'kubernetes.io/service-account-token']
      .map((type) => `type!=${type}`)
      .join(','),
  }),
  // Each namespace has one that nobody refers to.
  resource('ConfigMap', 'configmaps', 'namespaced', { fieldSelector: 'metadata.name!=kube-root-ca.crt' }),
  resource('EndpointSlice', 'endpointslices', 'namespaced'),
];

/** Path of the group and version: `/api/v1`, `/apis/discovery.k8s.io/v1`. */
export function versionPath({ followed }: WatchedResource, version: string): string {
  return followed.group === '' ? `/api/${version}` : `/apis/${followed.group}/${version}`;
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

function resource(
  kind: FollowedKind['kind'],
  plural: string,
  scope: Scope,
  more?: 'status' | { readonly fieldSelector: string },
): WatchedResource {
  const followed = must(
    followedKinds.find((candidate) => candidate.kind === kind),
    kind,
  );
  const fieldSelector = typeof more === 'object' ? more.fieldSelector : undefined;
  return { followed, plural, scope, hasStatus: more === 'status', fieldSelector };
}
