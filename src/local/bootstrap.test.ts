import { expect, test } from 'vitest';
import { envoyBootstrap } from './bootstrap.ts';

const options = {
  gateway: 'default/web',
  nodeId: 'standalone/default/web',
  xdsAddress: '127.0.0.1',
  xdsPort: 18_000,
  adminPort: 0,
};

test('the bootstrap is as printed here', () => {
  expect(envoyBootstrap(options)).toMatchSnapshot();
});

test('listeners and clusters are waited for without end, by these very bytes', () => {
  const { dynamic_resources: resources } = JSON.parse(envoyBootstrap(options));
  const source = { ads: {}, resource_api_version: 'V3', initial_fetch_timeout: '0s' };
  expect(resources.lds_config).toEqual(source);
  expect(resources.cds_config).toEqual(source);
});

function cluster(xdsAddress: string): unknown {
  return JSON.parse(envoyBootstrap({ ...options, xdsAddress })).static_resources.clusters[0];
}

test('a name or an IPv6 address is written as Envoy wants it', () => {
  expect(cluster('localhost')).toMatchObject({ type: 'STRICT_DNS' });
  expect(cluster('::1')).toMatchObject({ type: 'STATIC', dns_lookup_family: 'V6_ONLY' });
  expect(cluster('127.0.0.1')).not.toHaveProperty('dns_lookup_family');
});
