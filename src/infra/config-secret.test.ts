import { expect, test } from 'vitest';
import { site, webInfrastructure } from '../../test/rig/kube/infrastructure.ts';
import type { Infrastructure } from '../kinds/own/infrastructure.ts';
import { configSecret } from './config-secret.ts';

test('a proxy says which Gateway’s it is and asks Sluice for everything', () => {
  expect(file('bootstrap.json')).toMatchObject({
    node: { cluster: 'default/web' },
    dynamic_resources: {
      ads_config: {
        api_type: 'DELTA_GRPC',
        grpc_services: [{ initial_metadata: [{ key: 'x-sluice-token', value: tokenOf() }] }],
      },
      lds_config: { ads: {}, initial_fetch_timeout: '0s' },
      cds_config: { ads: {}, initial_fetch_timeout: '0s' },
    },
    admin: { address: { socket_address: { address: '127.0.0.1', port_value: 19_000 } } },
  });
});

test('both sides of the channel prove who they are, by files that are followed', () => {
  const [xds] = bootstrap().static_resources.clusters;
  expect(xds).toMatchObject({
    alt_stat_name: 'xds_cluster',
    type: 'STRICT_DNS',
    transport_socket: {
      typed_config: {
        sni: 'sluice',
        common_tls_context: {
          tls_params: { tls_minimum_protocol_version: 'TLSv1_3' },
          tls_certificate_sds_secret_configs: [
            { sds_config: { path_config_source: { path: '/etc/sluice/config/certificate.json' } } },
          ],
          combined_validation_context: {
            default_validation_context: {
              match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: 'sluice' } }],
            },
          },
        },
      },
    },
  });
  const watched = { watched_directory: { path: '/etc/sluice/certificate' } };
  expect(file('certificate.json')).toMatchObject({ resources: [{ tls_certificate: watched }] });
  expect(file('authority.json')).toMatchObject({ resources: [{ validation_context: watched }] });
});

test.each([
  [undefined, { address: '0.0.0.0' }],
  ['IPv4', { address: '0.0.0.0' }],
  ['IPv6', { address: '::' }],
  ['DualStack', { address: '::', ipv4_compat: true }],
])('with ipFamily %s its own listeners listen at %j', (ipFamily, expected) => {
  const { listeners } = bootstrap(webInfrastructure({ ipFamily })).static_resources;
  for (const { address } of listeners) {
    const { port_value: port, ...rest } = address.socket_address;
    expect(port).toBeTypeOf('number');
    expect(rest).toEqual(expected);
  }
});

test('a proxy that is to end at once has no listener that drains it', () => {
  expect(listenerNames(webInfrastructure())).toEqual(['readiness', 'drain']);
  expect(listenerNames(webInfrastructure({ shutdown: { drainTimeout: '0s' } }))).toEqual(['readiness']);
});

test.each([
  [undefined, '10s'],
  [{ drainTimeout: '2s' }, '2s'],
  [{ drainTimeout: '60s' }, '10s'],
  [{ drainTimeout: '60s', minDrainDuration: '3s' }, '3s'],
  [{ drainTimeout: '60s', minDrainDuration: '0s' }, '0.001s'],
])('with %j a proxy lets go of connections for %s at least', (shutdown, least) => {
  const listeners = bootstrap(webInfrastructure({ shutdown })).static_resources.listeners;
  expect(JSON.stringify(listeners)).toContain(`"fixed_delay":"${least}"`);
});

test.each([
  [undefined, undefined, 50],
  [{ healthCheckFailureDelay: '7s' }, 7, 43],
  [{ healthCheckFailureDelay: '70s' }, 50, 0],
])('with %j a drain begins after %s pauses, and has %s left', (shutdown, before, pauses) => {
  const of = webInfrastructure({ shutdown: { drainTimeout: '60s', ...shutdown } });
  const text = JSON.stringify(bootstrap(of).static_resources.listeners);
  const counts = [...text.matchAll(/for _ = 1, (\d+) do/g)].map(([, count]) => Number(count));
  expect(counts).toEqual(before === undefined ? [pauses] : [before, pauses]);
});

test('the token stands in one place of a Secret, and names of clusters are others for each', () => {
  const { kind } = configSecret(webInfrastructure(), site);
  const text = JSON.stringify(bootstrap());
  const others = bootstrap(webInfrastructure(undefined, { gatewayUid: 'another' }));
  expect(kind).toBe('Secret');
  expect(text.split(tokenOf())).toHaveLength(2);
  expect(clusterNames(bootstrap())).not.toEqual(clusterNames(others));
  expect(clusterNames(bootstrap())).toHaveLength(3);
  for (const name of ['xds_cluster', 'admin', 'drain']) expect(clusterNames(bootstrap())).not.toContain(name);
});

test('the admin server answers what readiness, metrics and a drain ask for, and nothing else', () => {
  expect(adminPaths({ drainTimeout: '0s' })).toEqual(['/ready', '/stats/prometheus']);
  expect(adminPaths()).toEqual([
    '/ready',
    '/stats/prometheus',
    '/stats?filter=downstream_cx_active',
    '/healthcheck/fail',
    '/drain_listeners?graceful&skip_exit',
  ]);
});

interface Bootstrap {
  readonly admin: { readonly allow_paths: readonly { readonly exact?: string }[] };
  readonly static_resources: {
    readonly listeners: readonly {
      readonly name: string;
      readonly address: { readonly socket_address: Readonly<Record<string, unknown>> };
    }[];
    readonly clusters: readonly { readonly name: string }[];
  };
}

function listenerNames(infrastructure: Infrastructure): readonly string[] {
  return bootstrap(infrastructure).static_resources.listeners.map(({ name }) => name);
}

function adminPaths(shutdown?: object): readonly string[] {
  const { admin } = bootstrap(webInfrastructure({ shutdown }));
  return admin.allow_paths.flatMap(({ exact = [] }) => exact);
}

function clusterNames({ static_resources }: Bootstrap): readonly string[] {
  return static_resources.clusters.map(({ name }) => name);
}

function tokenOf({ namespace, gateway, gatewayUid } = webInfrastructure()): string {
  return site.xdsToken({ namespace, gateway, uid: gatewayUid });
}

function bootstrap(infrastructure?: Infrastructure): Bootstrap {
  return file('bootstrap.json', infrastructure) as Bootstrap;
}

function file(name: string, infrastructure: Infrastructure = webInfrastructure()): unknown {
  const data = configSecret(infrastructure, site)['data'] as Readonly<Record<string, string>>;
  return JSON.parse(Buffer.from(data[name] ?? '', 'base64').toString());
}
