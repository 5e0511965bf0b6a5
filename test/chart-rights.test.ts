import { expect } from 'vitest';
import { ownedResources } from '../src/kube/owned-resource.ts';
import { watchedResources } from '../src/kube/watched-resource.ts';
import { infrastructureKinds } from '../src/run/wanted-proxies.ts';
import { must } from '../src/lib/assert.ts';
import { type Rendered, chartTest, podSpec, render, why } from './rig/kube/rendered-chart.ts';

const reads = ['list', 'watch'];
/** The one CRD that is read, by its name. */
const releaseCrd = 'customresourcedefinitions[gatewayclasses.gateway.networking.k8s.io]';
const watched = watchedResources.flatMap(({ group, kind, plural }) =>
  grants(group, kind === 'CustomResourceDefinition' ? releaseCrd : plural, reads),
);
const statusWrites = watchedResources
  .filter(({ status }) => status !== undefined)
  .flatMap(({ group, plural }) => grants(group, `${plural}/status`, ['patch']));
const eventWrites = grants('events.k8s.io', 'events', ['create', 'get', 'patch']);
const infrastructure = ownedResources.flatMap(({ group, plural }) =>
  grants(group, plural, ['get', ...reads, 'create', 'patch', 'delete']),
);

const notes = grants('', 'configmaps', ['create', 'delete', 'list', 'patch', 'watch']);

const inOwnNamespace = [
  ...notes,
  'coordination.k8s.io/leases create',
  'coordination.k8s.io/leases[sluice] get',
  'coordination.k8s.io/leases[sluice] update',
  '/secrets create',
  '/secrets[sluice-tls] get',
  '/secrets[sluice-tls] update',
  '/secrets[sluice-sessions] get',
  '/secrets[sluice-sessions] update',
];
/** Kinds that configure how proxies run, except cluster-scoped ones. */
const runsBy = watchedResources.filter(
  ({ kind, scope }) => infrastructureKinds.has(kind) && scope === 'namespaced',
);
const inOneProcess = { provider: { kubernetes: { infrastructure: { process: 'serve' } } } };

function grants(group: string, resource: string, verbs: readonly string[]): string[] {
  return verbs.map((verb) => `${group}/${resource} ${verb}`);
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** Lists `group/resource[name] verb`; a right that is given twice is in it twice. */
function allowed(objects: ReadonlyMap<string, Rendered>, role: string): string[] {
  const rules = must(objects.get(role), role)['rules'] as readonly Rule[];
  return rules
    .flatMap(({ apiGroups, resources, resourceNames, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          (resourceNames?.map((name) => `${resource}[${name}]`) ?? [resource]).flatMap((what) =>
            grants(group, what, verbs),
          ),
        ),
      ),
    )
    .sort();
}

function sorted(grantList: readonly string[]): string[] {
  return [...new Set(grantList)].sort();
}

chartTest(`the process that reads routes and plugins has no right to run proxies${why}`, () => {
  const objects = render({});
  expect(allowed(objects, 'ClusterRole/sluice-sluice-system')).toEqual(
    sorted([...watched, ...statusWrites, ...eventWrites]),
  );
  expect(allowed(objects, 'Role/sluice')).toEqual(sorted(inOwnNamespace));
});

chartTest(`the process that runs proxies reads the kinds that say how, and no others${why}`, () => {
  const objects = render({});
  expect(allowed(objects, 'ClusterRole/sluice-infrastructure:sluice-system')).toEqual(
    sorted([
      ...grants('gateway.networking.k8s.io', 'gatewayclasses', reads),
      ...runsBy.flatMap(({ group, plural }) => grants(group, plural, reads)),
      ...infrastructure,
    ]),
  );
  expect(allowed(objects, 'Role/sluice-infrastructure')).toEqual(
    sorted([
      ...notes,
      'coordination.k8s.io/leases create',
      'coordination.k8s.io/leases[sluice-infrastructure] get',
      'coordination.k8s.io/leases[sluice-infrastructure] update',
      '/secrets[sluice-tls] get',
    ]),
  );
  for (const binding of [
    'ClusterRoleBinding/sluice-infrastructure:sluice-system',
    'RoleBinding/sluice-infrastructure',
  ])
    expect(objects.get(binding)).toMatchObject({
      subjects: [{ kind: 'ServiceAccount', name: 'sluice-infrastructure', namespace: 'sluice-system' }],
    });
  expect(objects.get('Deployment/sluice-infrastructure')).toMatchObject(
    podSpec({
      serviceAccountName: 'sluice-infrastructure',
      containers: [{ args: ['infrastructure', '--config', '/etc/sluice/sluice.yaml'] }],
    }),
  );
});

chartTest(`with one process there is one Deployment, which has all rights${why}`, () => {
  const objects = render({ config: inOneProcess });
  expect([...objects.keys()].filter((name) => name.includes('sluice-infrastructure'))).toEqual([]);
  expect(allowed(objects, 'ClusterRole/sluice-sluice-system')).toEqual(
    sorted([...watched, ...statusWrites, ...eventWrites, ...infrastructure]),
  );
  expect(allowed(objects, 'Role/sluice')).toEqual(sorted(inOwnNamespace));
});

chartTest(
  `with namespaces named, the rights are in these, and for the cluster what has no namespace${why}`,
  () => {
    const namespaces = ['team-a', 'team-b'];
    const objects = render({ config: { provider: { kubernetes: { namespaces } } } });
    expect(allowed(objects, 'ClusterRole/sluice-sluice-system')).toEqual(
      sorted([
        ...grants('apiextensions.k8s.io', releaseCrd, reads),
        ...grants('certificates.k8s.io', 'clustertrustbundles', reads),
        ...grants('gateway.networking.k8s.io', 'gatewayclasses', reads),
        ...grants('gateway.networking.k8s.io', 'gatewayclasses/status', ['patch']),
        ...namespaces.flatMap((name) => grants('', `namespaces[${name}]`, reads)),
      ]),
    );
    const within = watchedResources.filter(({ scope }) => scope === 'namespaced');
    expect(allowed(objects, 'ClusterRole/sluice-infrastructure:sluice-system')).toEqual(
      grants('gateway.networking.k8s.io', 'gatewayclasses', reads),
    );
    for (const namespace of namespaces) {
      expect(allowed(objects, `Role/${namespace}/sluice-sluice-system`)).toEqual(
        sorted([
          ...within.flatMap(({ group, plural }) => grants(group, plural, reads)),
          ...within
            .filter(({ status }) => status !== undefined)
            .flatMap(({ group, plural }) => grants(group, `${plural}/status`, ['patch'])),
          ...eventWrites,
        ]),
      );
      expect(allowed(objects, `Role/${namespace}/sluice-infrastructure:sluice-system`)).toEqual(
        sorted([...runsBy.flatMap(({ group, plural }) => grants(group, plural, reads)), ...infrastructure]),
      );
      expect(objects.get(`RoleBinding/${namespace}/sluice-sluice-system`)).toMatchObject({
        roleRef: { kind: 'Role', name: 'sluice-sluice-system' },
        subjects: [{ kind: 'ServiceAccount', name: 'sluice', namespace: 'sluice-system' }],
      });
    }
  },
);

chartTest(`what is turned off in the config is not allowed either${why}`, () => {
  const objects = render({
    config: {
      provider: {
        kubernetes: {
          namespace: 'elsewhere',
          leaderElection: { lease: 'other' },
          infrastructure: { enabled: false },
        },
      },
      xds: { tls: { secret: null, certFile: 'a', keyFile: 'b', caFile: 'c' } },
    },
  });
  expect(allowed(objects, 'ClusterRole/sluice-sluice-system')).toEqual(
    sorted([...watched, ...statusWrites, ...eventWrites]),
  );
  expect(allowed(objects, 'Role/sluice')).toEqual([
    ...notes,
    '/secrets create',
    '/secrets[sluice-sessions] get',
    '/secrets[sluice-sessions] update',
    'coordination.k8s.io/leases create',
    'coordination.k8s.io/leases[other] get',
    'coordination.k8s.io/leases[other] update',
  ]);
  expect(objects.get('Role/sluice')?.metadata.namespace).toBe('elsewhere');
});
