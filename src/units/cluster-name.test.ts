import { expect, test } from 'vitest';
import {
  clusterName,
  endpointsName,
  parseClusterName,
  statName,
  type ClusterIdentity,
} from './cluster-name.ts';

const plain: ClusterIdentity = {
  namespace: 'team',
  service: 'app',
  port: 443,
  protocol: 'http1',
  routingType: 'Endpoint',
  tls: undefined,
};
const client = { namespace: 'service', name: 'tls' };

test.each<[string, ClusterIdentity]>([
  ['team/app/443/http1', plain],
  ['team/app/443/http2/service', { ...plain, protocol: 'http2', routingType: 'Service' }],
  ['team/app/443/http1/tls', { ...plain, tls: { client: undefined } }],
  ['team/app/443/http1/tls/service/tls', { ...plain, tls: { client } }],
  ['team/app/443/http1/service/tls', { ...plain, routingType: 'Service', tls: { client: undefined } }],
  ['team/app/443/http1/service/tls/service/tls', { ...plain, routingType: 'Service', tls: { client } }],
  ['team/url:a.test/443/http1/tls', { ...plain, service: 'url:a.test', tls: { client: undefined } }],
])('%s says all that there is to a cluster', (name, identity) => {
  expect(clusterName(identity)).toBe(name);
  expect(parseClusterName(name)).toEqual(identity);
});

test('all forms of one Service port have the same endpoints and statistics', () => {
  const secure = { ...plain, tls: { client } };
  expect(endpointsName(secure)).toBe(endpointsName(plain));
  expect(statName(secure)).toBe(statName(plain));
});
