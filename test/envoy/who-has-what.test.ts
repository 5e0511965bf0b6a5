import { afterAll, beforeAll, expect, test } from 'vitest';
import { must } from '../../src/lib/assert.ts';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyRig, toService } from '../rig/envoy/envoy-rig.ts';

let rig: EnvoyRig;

beforeAll(async () => {
  const secure = { hostname: 'secure.test', protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'c' }] } };
  rig = await EnvoyRig.start({
    ports: 2,
    listeners: ([plain, https]) => [
      { name: 'http', port: plain, protocol: 'HTTP' },
      { name: 'https', port: https, ...secure },
    ],
  });
  rig.apply([tlsSecret('c', selfSigned(['secure.test']))]);
  for (const name of ['a', 'b']) {
    await rig.backend(name);
    await rig.serve(name, [toService(name)]);
  }
});

afterAll(() => rig.close());

/** Places of resources and their names in the dump, by type. */
const dumped: readonly (readonly [type: string, entries: string, resource: string])[] = [
  ['Cluster', 'dynamic_active_clusters', 'cluster'],
  ['Listener', 'dynamic_listeners', 'listener'],
  ['TypedExtensionConfig', 'ecds_filters', 'ecds_filter'],
  ['Secret', 'dynamic_active_secrets', 'secret'],
];

interface RouteConfiguration {
  readonly name: string;
  readonly virtual_hosts?: readonly { readonly name: string }[];
}

interface Dumped {
  readonly version_info?: string;
  readonly active_state?: Dumped;
  readonly [resource: string]: unknown;
}

/** As `type name version`; of endpoints, routes and their hosts Envoy does not show the version. */
async function configDump(): Promise<string[]> {
  const { configs } = JSON.parse(await rig.envoy.configDump()) as {
    configs: (Record<string, Dumped[]> & {
      dynamic_route_configs?: { route_config: RouteConfiguration }[];
    })[];
  };
  const routes = configs
    .flatMap(({ dynamic_route_configs = [] }) => dynamic_route_configs)
    .flatMap(({ route_config: { name, virtual_hosts = [] } }) => [
      `RouteConfiguration ${name}`,
      ...virtual_hosts.filter((host) => host.name !== '@rest').map((host) => `VirtualHost ${host.name}`),
    ]);
  const all = dumped.flatMap(([type, list, resource]) =>
    configs.flatMap((config) =>
      (config[list] ?? []).map((entry) => {
        const state = entry.active_state ?? entry;
        const { name } = state[resource] as { name: string };
        return `${type} ${name} ${state.version_info}`;
      }),
    ),
  );
  // The dump has a filter once for each listener that names it.
  return [...new Set([...all, ...routes])].sort();
}

function saidToBeHeld(): string[] {
  const resources = must(rig.proxies()[0]?.resources, 'resources');
  return resources
    .filter(({ type }) => type !== 'ClusterLoadAssignment')
    .map(({ type, name, version }) =>
      type === 'RouteConfiguration' || type === 'VirtualHost'
        ? `${type} ${name}`
        : `${type} ${name} ${version}`,
    )
    .sort();
}

test('when everything has settled, it is Envoy that connected, it is behind in nothing, and nothing is in flight', async () => {
  await rig.settled();
  // Resources sent again behind a cluster or listener must not count as missing.
  await converge(() =>
    rig.proxies().every(({ types }) => types.every(({ inFlight }) => inFlight === undefined)),
  );
  const [proxy, ...others] = rig.proxies();
  expect(others).toEqual([]);
  expect(proxy).toMatchObject({ proxy: 'test', gateway: 'default/web', served: true });
  expect(proxy?.envoy).toMatch(/^1\.\d+\.\d+$/);
  expect(proxy?.peer).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(proxy?.types).toMatchObject(
    [
      'Cluster',
      'ClusterLoadAssignment',
      'Secret',
      'TypedExtensionConfig',
      'Listener',
      'RouteConfiguration',
      'VirtualHost',
    ].map((type) => ({ type, behind: 0, refused: 0, waiting: [] })),
  );
});

test('the versions that it is said to have are those of its config dump', async () => {
  await rig.settled();
  // Clusters, listeners, routes and their hosts, a certificate, and the filter slots that every listener names.
  expect(await configDump()).toHaveLength(11 + 36);
  expect(saidToBeHeld()).toEqual(await configDump());
});

test('so they are after a restart of Sluice, which asks nothing and sends nothing', async () => {
  const before = await configDump();
  await rig.stopControlPlane();
  await rig.startControlPlane();
  await rig.settled();
  expect(saidToBeHeld()).toEqual(before);
  expect(await rig.sent()).toBe(0);
  expect(await rig.metrics.registry.metrics()).toContain('sluice_xds_proxies_behind{type="Cluster"} 0');
});
