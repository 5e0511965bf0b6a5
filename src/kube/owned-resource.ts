import { resourceKey } from '../lib/key.ts';
import { ownedObject } from '../kinds/owned-object.ts';
import type { ParsedRow } from '../kinds/row.ts';
import type { WatchedResource } from './watched-resource.ts';
import { bytesOfText } from '../lib/own-bytes.ts';

/**
 * The kinds of objects that Sluice makes for a Gateway: its RBAC rules must allow exactly these, with `get`, `list`,
 * `watch`, `patch`, `create` and `delete`. Only objects with Sluice's own label are followed.
 */
export const ownedResources: readonly WatchedResource[] = [
  resource('ServiceAccount', '', 'v1', 'serviceaccounts'),
  resource('Secret', '', 'v1', 'secrets'),
  resource('Service', '', 'v1', 'services'),
  resource('Deployment', 'apps', 'v1', 'deployments'),
  resource('DaemonSet', 'apps', 'v1', 'daemonsets'),
  resource('HorizontalPodAutoscaler', 'autoscaling', 'v2', 'horizontalpodautoscalers'),
  resource('PodDisruptionBudget', 'policy', 'v1', 'poddisruptionbudgets'),
];

function resource(kind: string, group: string, version: string, plural: string): WatchedResource {
  return {
    kind,
    group,
    versions: [version],
    plural,
    scope: 'namespaced',
    parse: (manifest) => ownedRow(kind, manifest),
    labelSelector: 'app.kubernetes.io/managed-by=sluice',
  };
}

function ownedRow(kind: string, manifest: unknown): ParsedRow {
  const object = ownedObject(kind, manifest);
  if (object === undefined) return { kind: 'invalid', problems: [] };
  const key = resourceKey(kind, object.namespace, object.name);
  const bytes = bytesOfText(JSON.stringify(object));
  return { kind: 'row', row: { key, bytes, indexes: [], units: [], follow: [] } };
}
