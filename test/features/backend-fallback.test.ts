import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const ip = (address: string) => ({ ip: { address, port: 8080 } });
const other = m.backendObject({ endpoints: [ip('10.2.0.1')], fallback: true }, { name: 'other' });
const app = 'default/app/80/http1';
const second = 'default/second/80/http1';
const fallback = 'default/backend:other/http1';
const both = `default/fallback:${app}|${fallback}`;

async function started(...manifests: readonly object[]) {
  const base = [m.gatewayClass(), m.gateway([m.httpListener()]), m.service(), m.service('second')];
  const slices = [
    m.endpointSlice(['10.0.0.1']),
    m.endpointSlice(['10.0.0.2'], { name: 's2', service: 'second' }),
  ];
  const pipeline = await Pipeline.started([...base, ...slices, other, ...manifests]);
  return { pipeline, client: await pipeline.connected() };
}

test('a backend and its fallback are one cluster of clusters, which an edit of the other backends leaves alone', async () => {
  const { pipeline, client } = await started(
    m.httpRoute([{ backendRefs: [m.backend(), m.toObject('other')] }]),
  );
  expect(client.names('CDS')).toEqual([app, fallback, both].sort());
  expect(client.json('CDS', both)).toMatchObject({
    clusterType: { name: 'envoy.clusters.aggregate', typedConfig: { clusters: [app, fallback] } },
    lbPolicy: 'CLUSTER_PROVIDED',
  });
  expect(JSON.stringify(client.routes('default/web/80:*'))).toContain(`"cluster":"${both}"`);
  expect(client.names('EDS')).toEqual(['default/app/80', 'default/backend:other']);
  client.take();
  pipeline.apply(m.endpointSlice(['10.0.0.1', '10.0.0.3']));
  await pipeline.settle();
  expect(client.take()).toEqual(['EDS default/app/80']);
});

test('weights hold among the others, each of which goes on with the next; the order of the rule does not matter', async () => {
  const refs = [m.backend('app', { weight: 3 }), m.toObject('other'), m.backend('second', { weight: 1 })];
  const { pipeline, client } = await started(m.httpRoute([{ backendRefs: refs }]));
  const clusters = [
    { name: `default/fallback:${app}|${second}|${fallback}`, weight: 3 },
    { name: `default/fallback:${second}|${app}|${fallback}`, weight: 1 },
  ];
  expect(JSON.stringify(client.routes('default/web/80:*'))).toContain(
    `"weightedClusters":${JSON.stringify({ clusters })}`,
  );
  client.take();
  pipeline.apply(m.httpRoute([{ backendRefs: refs.toReversed() }]));
  await pipeline.settle();
  expect(client.take().filter((line) => line.startsWith('CDS'))).toEqual([]);
});

test('without another valid backend a fallback is a backend like any', async () => {
  const { client } = await started(m.httpRoute([{ backendRefs: [m.toObject('other')] }]));
  expect(client.names('CDS')).toEqual([fallback]);
});

test('a route below HTTP has fallbacks, too', async () => {
  const { client } = await started(
    m.gateway([{ name: 'tcp', port: 9000, protocol: 'TCP' }]),
    m.tcpRoute([m.backend(), m.toObject('other')]),
  );
  const name = 'default/fallback:default/app/80/tcp|default/backend:other/tcp';
  expect(client.names('CDS')).toContain(name);
  expect(client.json('ECDS', 'tcp_proxy/default/web/9000/*')).toMatchObject({
    typedConfig: { cluster: name },
  });
});

test('settings of a policy are those of each member', async () => {
  const { client } = await started(
    m.httpRoute([{ backendRefs: [m.backend(), m.toObject('other')] }]),
    m.policy('BackendTrafficPolicy', {
      targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'route' }],
      circuitBreaker: { maxConnections: 7 },
    }),
  );
  const traffic = '/@traffic/default/policy';
  expect(client.names('CDS')).toEqual(
    [
      `${app}${traffic}`,
      `${fallback}${traffic}`,
      `default/fallback:${app}${traffic}|${fallback}${traffic}`,
    ].sort(),
  );
});

test('a Backend that is sent the host of each request cannot be a fallback, and its route says so', async () => {
  const tls = { insecureSkipVerify: true };
  const { pipeline, client } = await started(
    m.backendObject({ endpoints: [ip('10.2.0.1')], fallback: true, tls }, { name: 'other' }),
    m.httpRoute([{ backendRefs: [m.backend(), m.toObject('other')] }]),
  );
  expect(client.names('CDS')).not.toContain(both);
  expect(pipeline.routeConditions()).toMatchObject({
    ResolvedRefs: { status: 'False', message: expect.stringContaining('backendRefs[1]') as string },
  });
  pipeline.apply(
    m.backendObject(
      { endpoints: [ip('10.2.0.1')], fallback: true, tls: { ...tls, sni: 'a.test' } },
      { name: 'other' },
    ),
  );
  await pipeline.settle();
  expect(client.names('CDS')).toContain(`default/fallback:${app}|${fallback}/tls`);
});
