import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

/** Mistakes of other controllers that docs/policy-traps.md lists, as far as no other test holds them. */

const rule = (path: string) => ({
  name: path.slice(1),
  matches: [m.prefix(path)],
  backendRefs: [m.backend()],
});
const shop = (rules: readonly object[]) => m.httpRoute(rules, { name: 'shop', hostnames: ['shop.test'] });
const plain = m.httpRoute([rule('/a')], { name: 'plain', hostnames: ['plain.test'] });
const base = [m.gatewayClass(), m.gateway([m.httpListener()]), m.service(), m.endpointSlice(['10.0.0.1'])];

function traffic(name: string, target: object, spec: object): object {
  return m.policy(
    'BackendTrafficPolicy',
    { targetRefs: [{ kind: 'HTTPRoute', ...target }], ...spec },
    { name },
  );
}

async function started(...objects: readonly object[]) {
  const pipeline = await Pipeline.started([...base, ...objects]);
  return { pipeline, client: await pipeline.connected() };
}

test('settings of a policy are in its own cluster alone, and those of a policy in its place have none of them', async () => {
  const before = traffic('before', { name: 'shop' }, { circuitBreaker: { maxConnections: 7 } });
  const after = traffic('after', { name: 'shop' }, { timeout: { tcp: { connectTimeout: '2s' } } });
  const { pipeline, client } = await started(shop([rule('/a')]), plain, before);
  const ofBefore = 'default/app/80/http1/@traffic/default/before';
  expect(client.names('CDS')).toEqual(['default/app/80/http1', ofBefore]);
  pipeline.replace([before], [after]);
  await pipeline.settle();
  const ofAfter = 'default/app/80/http1/@traffic/default/after';
  expect(client.names('CDS')).toContain(ofAfter);
  const settings = (name: string) => JSON.stringify(client.json('CDS', name));
  expect(settings(ofAfter)).not.toContain('"maxConnections":7');
  expect(settings('default/app/80/http1')).not.toContain('"maxConnections":7');
  expect(JSON.stringify(client.routes('default/web/80:*'))).not.toContain(ofBefore);
});

test('rules in another order change no cluster', async () => {
  const rules = [rule('/a'), rule('/b'), rule('/c')];
  const policies = [
    traffic('first', { name: 'shop', sectionName: 'a' }, { circuitBreaker: { maxConnections: 7 } }),
    traffic('second', { name: 'shop', sectionName: 'b' }, { loadBalancer: { type: 'Random' } }),
  ];
  const { pipeline, client } = await started(shop(rules), ...policies);
  const names = client.names('CDS');
  expect(names).toHaveLength(3);
  client.take();
  pipeline.apply(shop(rules.toReversed()));
  await pipeline.settle();
  expect(client.names('CDS')).toEqual(names);
  expect(client.take().filter((line) => line.startsWith('CDS'))).toEqual([]);
});

test('two rules with the same range of addresses are two limits, of their own each', async () => {
  const selectors = [{ sourceCIDR: { type: 'Distinct', value: '10.0.0.0/8' } }];
  const limits = [
    { clientSelectors: selectors, limit: { requests: 2, unit: 'Hour' } },
    { clientSelectors: selectors, limit: { requests: 5, unit: 'Hour' } },
  ];
  const { pipeline, client } = await started(
    shop([rule('/a')]),
    traffic('limits', { name: 'shop' }, { rateLimit: { type: 'Local', local: { rules: limits } } }),
  );
  const text = JSON.stringify([client.routes('default/web/80:*'), client.names('ECDS')]);
  expect(text).not.toContain('"directResponse":{"status":500}');
  const actions = [...text.matchAll(/"descriptorKey":"([^"]+)"/g)].map(([, key]) => key);
  expect(new Set(actions).size).toBeGreaterThan(1);
  expect(JSON.stringify(pipeline.status('BackendTrafficPolicy', 'limits'))).toContain('"Accepted"');
});

test('each route compresses from its own size on, and without settings of the algorithm', async () => {
  const { client } = await started(
    shop([rule('/a')]),
    plain,
    traffic('small', { name: 'shop' }, { compressor: [{ type: 'Gzip', minContentLength: 50 }] }),
    traffic('large', { name: 'plain' }, { compressor: [{ type: 'Gzip', minContentLength: 5000 }] }),
  );
  const text = JSON.stringify(client.routes('default/web/80:*'));
  expect(text).toContain('"minContentLength":50}');
  expect(text).toContain('"minContentLength":5000}');
});

test('attributes of a cookie in another order are the same bytes', async () => {
  const { pipeline, client } = await started(
    shop([rule('/a')]),
    traffic('sticky', { name: 'shop' }, cookieWith({ SameSite: 'Strict', Domain: 'shop.test' })),
  );
  expect(JSON.stringify(client.routes('default/web/80:*'))).toContain('SameSite');
  client.take();
  pipeline.apply(
    traffic('sticky', { name: 'shop' }, cookieWith({ Domain: 'shop.test', SameSite: 'Strict' })),
  );
  await pipeline.settle();
  expect(client.take()).toEqual([]);
});

test('a policy that says the same in other words, or changes its labels, sends nothing', async () => {
  const { pipeline, client } = await started(shop([rule('/a')]), same({ circuitBreaker: {}, retry: {} }));
  client.take();
  pipeline.apply(same({ circuitBreaker: { maxConnections: 1024 }, retry: { numRetries: 2 } }));
  await pipeline.settle();
  pipeline.apply({
    ...same({ circuitBreaker: {}, retry: {} }),
    metadata: { name: 'same', namespace: 'default', labels: { a: 'b' } },
  });
  await pipeline.settle();
  expect(client.take()).toEqual([]);
});

test('a Secret or ConfigMap that nothing names translates nothing', async () => {
  const { pipeline, client } = await started(
    shop([rule('/a')]),
    traffic('answers', { name: 'shop' }, { responseOverride: [answerFrom('texts')] }),
    m.configMap({ 'response.body': 'text' }, { name: 'texts' }),
  );
  client.take();
  pipeline.apply(
    m.configMap({ 'response.body': 'other' }, { name: 'unnamed' }),
    m.configMap({ 'response.body': 'other' }, { name: 'texts', namespace: 'other' }),
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'unnamed' },
      type: 'Opaque',
      stringData: { credential: 'a' },
    },
  );
  expect(pipeline.controller.backlog).toBe(0);
  await pipeline.settle();
  expect(client.take()).toEqual([]);
});

function answerFrom(name: string): object {
  const valueRef = { group: '', kind: 'ConfigMap', name };
  return { match: { statusCodes: [{ value: 404 }] }, response: { body: { type: 'ValueRef', valueRef } } };
}

function same(spec: object): object {
  return traffic('same', { name: 'shop' }, spec);
}

function cookieWith(attributes: object): object {
  const cookie = { name: 'id', ttl: '1h', attributes };
  return { loadBalancer: { type: 'ConsistentHash', consistentHash: { type: 'Cookie', cookie } } };
}
