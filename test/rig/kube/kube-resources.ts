import { ownedResources } from '../../../src/kube/owned-resource.ts';
import { watchedResources, type WatchedResource } from '../../../src/kube/watched-resource.ts';

type Resource = Pick<WatchedResource, 'kind' | 'group' | 'plural' | 'versions'>;

/** Elections use it, and nothing watches it. */
const lease: Resource = {
  kind: 'Lease',
  group: 'coordination.k8s.io',
  plural: 'leases',
  versions: ['v1'],
};

/** Written on objects of users, and never watched. */
const event: Resource = { kind: 'Event', group: 'events.k8s.io', plural: 'events', versions: ['v1'] };

const resources: readonly Resource[] = [...watchedResources, ...ownedResources, lease, event];

/** Versions by kind. */
export type Served = ReadonlyMap<string, readonly string[]>;

/** Every kind in its newest version. */
export function allServed(): Map<string, readonly string[]> {
  return new Map(resources.map(({ kind, versions }) => [kind, [versions[0] ?? '']]));
}

export function discovery(all: Served, path: string): object | undefined {
  const groups = new Map<string, Map<string, string[]>>();
  for (const { kind, group: of, plural } of resources) {
    for (const version of all.get(kind) ?? []) {
      const versions = groups.get(of) ?? new Map<string, string[]>();
      groups.set(of, versions.set(version, [...(versions.get(version) ?? []), plural]));
    }
  }
  groups.delete('');
  const group = (name: string): object => ({
    kind: 'APIGroup',
    name,
    versions: [...(groups.get(name) ?? [])].map(([version]) => ({ version })),
  });
  if (path === '/apis') return { kind: 'APIGroupList', groups: [...groups.keys()].map(group) };
  const [, apis, name = '', version, ...rest] = path.split('/');
  if (apis !== 'apis' || rest.length > 0 || !groups.has(name)) return undefined;
  if (version === undefined) return group(name);
  const plurals = groups.get(name)?.get(version);
  return plurals && { kind: 'APIResourceList', resources: plurals.map((plural) => ({ name: plural })) };
}

/** Resource by the path of a collection, of an object, or of its status. */
export function resourceAt(
  all: Served,
  path: string,
): { resource: Resource; namespace: string | undefined; object: string } | undefined {
  const parts = path.split('/');
  if (parts.at(-1) === 'status') {
    const collection = resourceAt(all, parts.slice(0, -2).join('/'));
    return collection && { ...collection, object: `${collection.namespace ?? ''}/${parts.at(-2)}` };
  }
  for (const resource of resources) {
    const { kind, group } = resource;
    for (const version of all.get(kind) ?? []) {
      const prefix = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
      const namespace = path.startsWith(`${prefix}/namespaces/`) ? path.split('/').at(-2) : undefined;
      const within =
        namespace === undefined || path === `${prefix}/namespaces` ? '' : `/namespaces/${namespace}`;
      if (path === `${prefix}${within}/${resource.plural}`)
        return { resource, namespace: within === '' ? undefined : namespace, object: '' };
    }
  }
  if (parts.length < 6) return undefined;
  const collection = resourceAt(all, parts.slice(0, -1).join('/'));
  return collection && { ...collection, object: `${collection.namespace ?? ''}/${parts.at(-1)}` };
}
