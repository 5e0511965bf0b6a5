import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { backendTls, cas } from '../rig/pipeline/backend-tls.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const toServer = { group: '', kind: 'Service', name: 'server' };
const policy = backendTls({}, {}, toServer);
const route = (fields: object = {}): object => m.httpRoute([{ ...fields, backendRefs: [m.backend()] }]);
const plugins = (target: object): object =>
  m.extensionPolicy({ targetRefs: [target], extProc: [{ backendRefs: [m.backend('server')] }] });
const externalAuth = { protocol: 'HTTP', backendRef: m.backend('server') };

async function started(...manifests: readonly object[]): Promise<Pipeline> {
  return Pipeline.started([
    m.gatewayClass(),
    m.gateway([m.httpListener()]),
    m.service(),
    m.service('server'),
    cas(),
    policy,
    ...manifests,
  ]);
}

function ancestors(pipeline: Pipeline): object[] {
  const status = pipeline.status('BackendTLSPolicy', 'policy') as
    | { ancestors: readonly { ancestorRef: object }[] }
    | undefined;
  return (status?.ancestors ?? []).map(({ ancestorRef }) => ancestorRef);
}

const web = { group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'default', name: 'web' };

test.each<[string, object[]]>([
  ['a processor of a route', [route(), plugins({ kind: 'HTTPRoute', name: 'route' })]],
  ['a processor of the Gateway', [route(), plugins({ kind: 'Gateway', name: 'web' })]],
  ['a server of external authorization', [route({ filters: [{ type: 'ExternalAuth', externalAuth }] })]],
])('a BackendTLSPolicy has a status where its Service is %s alone', async (_what, manifests) => {
  const pipeline = await started(...manifests);
  expect(ancestors(pipeline)).toEqual([web]);
});

test('it has none without a use, and follows the plugins that come and go', async () => {
  const pipeline = await started(route());
  expect(ancestors(pipeline)).toEqual([]);
  const using = plugins({ kind: 'Gateway', name: 'web' });
  pipeline.apply(using);
  await pipeline.drain();
  expect(ancestors(pipeline)).toEqual([web]);
  pipeline.delete(using);
  await pipeline.drain();
  expect(ancestors(pipeline)).toEqual([]);
});
