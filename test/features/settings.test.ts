import { expect, test } from 'vitest';
import { unitKind } from '../../src/units/unit.ts';
import { CountingPool } from '../rig/pipeline/counting-pool.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const manifests = [
  m.gatewayClass(),
  m.gateway([m.httpListener()]),
  m.service(),
  m.endpointSlice(['10.0.0.1']),
  ...Array.from({ length: 10 }, (_, i) =>
    m.httpRoute([{ backendRefs: [m.backend()] }], { name: `r${i}`, hostnames: [`h${i}.test`] }),
  ),
  m.extensionPolicy({
    targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'r3' }],
    lua: [{ type: 'Inline', inline: 'function envoy_on_request() end' }],
  }),
];

test.each([
  [{ lua: true }, ['AttachedRoute/default/web/HTTPRoute/default/r3', 'EnvoyExtensionPolicy', 'PluginChain']],
  [{ allowLoopbackEndpoints: true }, ['ClusterLoadAssignment']],
  [{ managedProxies: true }, ['Gateway', 'GatewayClass', 'Infrastructure', 'Listener']],
  [{}, []],
])('an edit of %j translates what reads that setting, and nothing else', async (settings, kinds) => {
  const pool = new CountingPool();
  const pipeline = await Pipeline.started(manifests, { pools: { config: pool, endpoints: pool } });
  pool.take();
  pipeline.setSettings(settings);
  await pipeline.settle();
  const units = [...pool.take().sent.keys()];
  const sent = new Set(units.map((unit) => (unit.includes('/HTTPRoute/') ? unit : unitKind(unit))));
  expect([...sent].sort()).toEqual(kinds);
  await pipeline.close();
});
