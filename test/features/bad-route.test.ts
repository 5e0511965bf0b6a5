import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const app = [m.service(), m.endpointSlice(['10.0.0.1'])];
const base = [m.gatewayClass(), m.gateway([m.httpListener()]), ...app];
const good = m.httpRoute([{ matches: [m.prefix('/good')], backendRefs: [m.backend()] }], { name: 'good' });

function badRoute(rule: object): object {
  return m.httpRoute([rule], { name: 'bad' });
}

test.each([
  [
    'a regular expression that is not RE2',
    { matches: [{ path: { type: 'RegularExpression', value: '(?<=a)b' } }], backendRefs: [m.backend()] },
    'Accepted',
    'UnsupportedValue',
  ],
  [
    'a Service that does not exist',
    { backendRefs: [m.backend('missing')] },
    'ResolvedRefs',
    'BackendNotFound',
  ],
  [
    'a backend of another kind',
    { backendRefs: [{ kind: 'Job', name: 'x', group: 'batch' }] },
    'ResolvedRefs',
    'InvalidKind',
  ],
  [
    'a filter that is not known',
    {
      backendRefs: [m.backend()],
      filters: [{ type: 'ExtensionRef', extensionRef: { group: 'x.io', kind: 'Y', name: 'z' } }],
    },
    'ResolvedRefs',
    'InvalidKind',
  ],
])('%s costs its own rule, and the route beside it stays as it is', async (_, rule, condition, reason) => {
  const pipeline = await Pipeline.started([...base, good]);
  const client = await pipeline.connected();
  const before = goodRoute(client.routes('default/web/80:*'));
  expect(before).toBeDefined();
  pipeline.apply(badRoute({ matches: [m.prefix('/bad')], ...rule }));
  await pipeline.settle();
  expect(goodRoute(client.routes('default/web/80:*'))).toEqual(before);
  expect(pipeline.routeConditions('bad')[condition]).toMatchObject({ status: 'False', reason });
  expect(pipeline.routeConditions('good')['Accepted']).toMatchObject({ status: 'True' });
});

test('a mended route serves, and its conditions say so', async () => {
  const pipeline = await Pipeline.started([...base, badRoute({ backendRefs: [m.backend('missing')] })]);
  const client = await pipeline.connected();
  pipeline.apply(badRoute({ backendRefs: [m.backend()] }));
  await pipeline.settle();
  expect(client.names('CDS')).toEqual(['default/app/80/http1']);
  expect(pipeline.routeConditions('bad')['ResolvedRefs']).toMatchObject({ status: 'True' });
});

test('an invalid backend among valid ones takes only its own share', async () => {
  const pipeline = await Pipeline.started([
    ...base,
    m.httpRoute([{ backendRefs: [m.backend('app', { weight: 3 }), m.backend('missing', { weight: 1 })] }]),
  ]);
  const client = await pipeline.connected();
  expect(client.routes('default/web/80:*')).toMatchObject({
    virtualHosts: [
      {
        routes: [
          {
            route: {
              weightedClusters: { clusters: [{ name: 'default/app/80/http1', weight: 3 }, { weight: 1 }] },
              clusterNotFoundResponseCode: 'INTERNAL_SERVER_ERROR',
            },
          },
        ],
      },
    ],
  });
});

function goodRoute(configuration: object): object | undefined {
  const { virtualHosts } = configuration as { virtualHosts: { routes?: { name: string }[] }[] };
  return virtualHosts.flatMap(({ routes = [] }) => routes).find(({ name }) => name === 'default/good/0/0');
}
