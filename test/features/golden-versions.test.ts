import { expect, test } from 'vitest';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { services, type Service } from '../rig/xds/xds-types.ts';

const tls = tlsSecret('tls', selfSigned(['a.example.com']));
const listeners = [
  m.httpListener(),
  { name: 's', port: 443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'tls' }] } },
  {
    name: 't',
    port: 443,
    protocol: 'HTTPS',
    hostname: 'a.example.com',
    tls: { certificateRefs: [{ name: 'tls' }] },
  },
];
const objects = [
  m.gatewayClass(),
  tls,
  m.service('a'),
  m.service('b', { port: { appProtocol: 'kubernetes.io/h2c' } }),
  m.endpointSlice(['10.0.0.2', '10.0.0.1'], { name: 'a-1', service: 'a' }),
  m.endpointSlice(['10.0.0.3'], { name: 'a-2', service: 'a' }),
  m.httpRoute(
    [
      {
        matches: [m.prefix('/b'), { path: { type: 'Exact', value: '/c' }, method: 'GET' }],
        filters: [
          { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-a', value: '%1' }] } },
          { type: 'RequestMirror', requestMirror: { backendRef: m.backend('b') } },
        ],
        backendRefs: [m.backend('a', { weight: 1 }), m.backend('b', { weight: 3 })],
        timeouts: { request: '5s' },
      },
      {
        matches: [m.prefix('/d')],
        filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https' } }],
      },
    ],
    { name: 'split', hostnames: ['a.example.com', '*.example.org'] },
  ),
  m.httpRoute([{ backendRefs: [m.backend('a')] }], { name: 'all' }),
];

const manifests = [...objects, m.gateway(listeners)];

/**
 * A changed line resends its resource to all proxies; Listeners drain. If meant: `npx vitest -u`, and a changelog
 * entry.
 */
test('names and versions are those of the release before', async () => {
  const pipeline = await Pipeline.started(manifests);
  const lines = [...pipeline.view()]
    // The certificate is made for each run.
    .map(([name, version]) => (name.startsWith('SDS ') ? name : `${name} ${version}`))
    .sort();
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('golden-versions.txt');
});

test('names and versions are the same on a replica that read everything the other way round, one unit at a time', async () => {
  const first = await Pipeline.started(manifests);
  const reversed = [m.gateway(listeners.toReversed()), ...objects.toReversed()];
  const second = await Pipeline.started(reversed, { lanes: { batchSize: 1 } });
  expect(second.view()).toEqual(first.view());
});

test('every resource that names another one gets it from where it always did', async () => {
  const pipeline = await Pipeline.started(manifests);
  const client = await pipeline.connected();
  const sources = (service: Service): unknown[] =>
    client.names(service).flatMap((name) => configSources(client.json(service, name)));
  const frozen = { ads: {}, initialFetchTimeout: '15s', resourceApiVersion: 'V3' };
  // Two clusters, and three filter chains, two of them with a certificate; hosts of three RouteConfigurations.
  expect(sources('CDS')).toEqual([frozen, frozen]);
  expect(sources('LDS')).toEqual(Array.from({ length: 5 + 3 * 36 }, () => frozen));
  expect(services.flatMap(sources)).toHaveLength(10 + 3 * 36);
});

function configSources(json: unknown): unknown[] {
  if (typeof json !== 'object' || json === null) return [];
  if ('ads' in json) return [json];
  return Object.values(json).flatMap(configSources);
}
