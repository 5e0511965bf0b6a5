import { expect, test } from 'vitest';
import { slotOf } from '../../src/units/filter-slot.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const base = [m.gatewayClass(), m.gateway([m.httpListener()]), m.service(), m.endpointSlice(['10.0.0.1'])];
const toApp = { backendRefs: [m.backend()] };
const cart = { matches: [{ method: { service: 'shop.Cart', method: 'Add' } }], ...toApp };

async function served(rules: readonly object[], hostname = 'calls.test'): Promise<string> {
  const pipeline = await Pipeline.started([...base, m.grpcRoute(rules, { hostnames: [hostname] })]);
  const client = await pipeline.connected();
  return JSON.stringify(client.routes('default/web/80:*'));
}

test('calls go to HTTP/2 backends without a time limit, whatever the Service says of its protocol', async () => {
  const routes = await served([cart]);
  expect(routes).toContain('"path":"/shop.Cart/Add"');
  expect(routes).toContain('"cluster":"default/app/80/http2"');
  expect(routes).toContain('"timeout":"0s"');
});

test('a rule without matches takes every call of its hostname', async () => {
  expect(await served([toApp])).toContain('"prefix":"/"');
});

test('a route without rules takes no call', async () => {
  expect(await served([])).not.toContain('default/app/80/http2');
});

test('an invalid backend is UNAVAILABLE, alone and in its share', async () => {
  expect(await served([{ backendRefs: [m.backend('none')] }])).toContain('"directResponse":{"status":503}');
  const shared = await served([{ backendRefs: [m.backend(), m.backend('none')] }]);
  expect(shared).toContain('invalid-backend');
  expect(shared).not.toContain('INTERNAL_SERVER_ERROR');
});

test('its status is that of any route, and listeners count it', async () => {
  const pipeline = await Pipeline.started([...base, m.grpcRoute([cart])]);
  expect(pipeline.status('GRPCRoute', 'route')).toMatchObject({
    parents: [
      {
        parentRef: { kind: 'Gateway', name: 'web' },
        conditions: [
          { type: 'Accepted', status: 'True' },
          { type: 'ResolvedRefs', status: 'True' },
        ],
      },
    ],
  });
  expect(pipeline.controller.reports.attached('Gateway/default/web/http')).toBe(1);
});

test('GRPCRoutes and HTTPRoutes share a hostname: the more specific match wins, whatever its kind', async () => {
  const pipeline = await Pipeline.started([
    ...base,
    m.httpRoute([toApp], { hostnames: ['calls.test'] }),
    m.grpcRoute([cart], { hostnames: ['calls.test'] }),
  ]);
  const client = await pipeline.connected();
  const routes = JSON.stringify(client.routes('default/web/80:*'));
  expect(routes.indexOf('/shop.Cart/Add')).toBeLessThan(routes.indexOf('"prefix":"/"'));
});

test('plugins of a policy run on its calls', async () => {
  const target = { group: 'gateway.networking.k8s.io', kind: 'GRPCRoute', name: 'route' };
  const processor = { backendRefs: [m.backend('auth')], processingMode: { request: {} } };
  const pipeline = await Pipeline.started([
    ...base,
    m.service('auth'),
    m.grpcRoute([cart]),
    m.extensionPolicy({ targetRefs: [target], extProc: [processor] }),
  ]);
  const client = await pipeline.connected();
  expect(JSON.stringify(client.routes('default/web/80:*'))).toContain(slotOf('plugins', 'default/plugins'));
});

test('an endpoint of its backend changes no route', async () => {
  const pipeline = await Pipeline.started([...base, m.grpcRoute([cart], { hostnames: ['calls.test'] })]);
  const client = await pipeline.connected();
  client.take();
  pipeline.apply(m.endpointSlice(['10.0.0.1', '10.0.0.2']));
  await pipeline.settle();
  expect(client.take()).toEqual(['EDS default/app/80']);
});
