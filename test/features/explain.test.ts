import { expect, test } from 'vitest';
import { must } from '../../src/lib/assert.ts';
import { wasmModuleKey } from '../../src/units/extension-name.ts';
import { wasmModuleRow } from '../../src/kinds/own/wasm-module.ts';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import * as m from '../rig/objects/manifests.ts';
import { Explained } from '../rig/pipeline/explained.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const base = [m.gatewayClass(), m.gateway([m.httpListener()])];
const app = [m.service(), m.endpointSlice(['10.0.0.1'])];
const toApp = { backendRefs: [m.backend()] };
const url = 'http://shop.test/cart';

function shop(rules: readonly object[] = [toApp], options: object = {}): object {
  return m.httpRoute(rules, { name: 'shop', hostnames: ['shop.test'], ...options });
}

async function started(...objects: readonly object[]) {
  const pipeline = await Pipeline.started([...base, ...objects]);
  return { pipeline, explained: new Explained(pipeline) };
}

async function answer(
  objects: readonly object[],
  of = url,
): Promise<{ answer: string; why: readonly string[] }> {
  const { explained } = await started(...objects);
  const found = await explained.request(of);
  return { answer: found.answer, why: found.gateways[0]?.why ?? [] };
}

const place = 'HTTPRoute/default/shop rules[0].matches[0]';

test.each<[string, readonly object[], string, RegExp?]>([
  ['forwards', [...app, shop()], `${place} forwards to Service/default/app port 80: 1 ready`],
  [
    'no route with the host',
    [...app, shop([toApp], { hostnames: ['other.test'] })],
    '404: no route of Gateway default/web has a hostname for shop.test on this listener',
    /no HTTPRoute or GRPCRoute that names Gateway default\/web covers the host shop\.test/,
  ],
  [
    'no match',
    [...app, shop([{ ...toApp, matches: [m.prefix('/pay')] }])],
    '404: no route with the hostname shop.test matches GET /cart',
  ],
  [
    'a route that its listener does not take',
    [...app, shop([toApp], { parentRefs: [{ name: 'web', sectionName: 'absent' }] })],
    '404: no route of Gateway default/web has a hostname for shop.test on this listener',
    /HTTPRoute\/default\/shop: Accepted is False \(NoMatchingParent\)/,
  ],
  [
    'a policy that cannot be read closes its route',
    [
      ...app,
      shop(),
      m.policy('SecurityPolicy', {
        targetRefs: [{ kind: 'HTTPRoute', name: 'shop' }],
        basicAuth: { users: { name: 'absent' } },
      }),
    ],
    `${place} answers 500`,
    /SecurityPolicy\/default\/policy: Accepted is False .*Secret default\/absent/,
  ],
  [
    'a redirect',
    [
      shop([
        {
          filters: [{ type: 'RequestRedirect', requestRedirect: { hostname: 'new.test', statusCode: 301 } }],
        },
      ]),
    ],
    `${place} redirects (301) to new.test/…`,
  ],
])('%s: the first line is the answer, with the reason', async (_, objects, said, why = /^/) => {
  const found = await answer(objects);
  expect(found.answer).toBe(said);
  expect(found.why.join('\n')).toMatch(why);
});

test('a port without a listener has no connection', async () => {
  expect((await answer([...app, shop()], 'http://shop.test:81/')).answer).toBe(
    'no connection: no Gateway has a served listener on port 81',
  );
});

test('of matches that do not take a request, those that lack least come first, with what they lack', async () => {
  const rules = [
    { ...toApp, matches: [{ ...m.prefix('/pay'), method: 'POST', headers: [{ name: 'x-a', value: '1' }] }] },
    { ...toApp, matches: [{ ...m.prefix('/cart'), headers: [{ name: 'x-canary', value: '1' }] }] },
    { ...toApp, matches: [{ ...m.prefix('/cart'), queryParams: [{ name: 'v', value: '2' }] }] },
  ];
  const { explained } = await started(...app, shop(rules));
  const [at] = (await explained.request(`${url}?v=1`)).gateways;
  expect(must(at, 'an answer').nearMisses).toEqual([
    {
      route: 'HTTPRoute/default/shop',
      place: 'rules[1].matches[0]',
      misses: ['header x-canary is missing (wanted "1")'],
    },
    {
      route: 'HTTPRoute/default/shop',
      place: 'rules[2].matches[0]',
      misses: ['query parameter v is not "2"'],
    },
    {
      route: 'HTTPRoute/default/shop',
      place: 'rules[0].matches[0]',
      misses: [
        'the path is not below /pay',
        'the method is not "POST"',
        'header x-a is missing (wanted "1")',
      ],
    },
  ]);
});

function https(name: string, hostname: string): object {
  return { name, port: 443, protocol: 'HTTPS', hostname, tls: { certificateRefs: [{ name }] } };
}

test('with TLS, the server name chooses the listener, and a host of another one is misdirected', async () => {
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway([https('shop', 'shop.test'), https('any', '*.test')]),
    tlsSecret('shop', selfSigned(['shop.test'])),
    tlsSecret('any', selfSigned(['*.test'])),
    ...app,
    shop(),
    m.httpRoute([toApp], { name: 'any', hostnames: ['a.test'] }),
  ]);
  const explained = new Explained(pipeline);
  const said = async (of: string, host?: string) => {
    const found = await explained.request(of, { headers: host === undefined ? {} : { host } });
    return [found.answer.split(' ')[0], found.gateways[0]?.listener.certificates];
  };
  expect(await said('https://shop.test/')).toEqual(['HTTPRoute/default/shop', ['default/shop']]);
  expect(await said('https://a.test/')).toEqual(['HTTPRoute/default/any', ['default/any']]);
  expect(await said('https://a.test/', 'shop.test')).toEqual(['Sluice', ['default/any']]);
  expect((await explained.request('https://a.test/', { headers: { host: 'shop.test' } })).answer).toContain(
    '421',
  );
  expect((await explained.request('https://other.example/')).answer).toBe(
    'no connection: no listener of the port has a hostname for the server name other.example',
  );
  expect((await explained.request('http://shop.test:443/')).answer).toMatch(/^no connection: .*TLS/);
});

test('a policy of one rule is said at that rule alone', async () => {
  const rules = [
    { name: 'pay', ...toApp, matches: [m.prefix('/pay')] },
    { name: 'cart', ...toApp, matches: [m.prefix('/cart')] },
  ];
  const policy = m.policy('SecurityPolicy', {
    targetRefs: [{ kind: 'HTTPRoute', name: 'shop', sectionName: 'pay' }],
    authorization: { defaultAction: 'Allow' },
  });
  const { explained } = await started(...app, shop(rules), policy);
  const policiesAt = async (path: string): Promise<readonly string[] | undefined> =>
    (await explained.request(`http://shop.test${path}`)).gateways[0]?.routes[0]?.policies;
  expect(await policiesAt('/pay')).toEqual(['SecurityPolicy/default/policy']);
  expect(await policiesAt('/cart')).toEqual([]);
});

test('story odd-services: a Service that cannot be a backend, or has no ready endpoint, is the reason', async () => {
  const absent = await answer([shop()]);
  expect(absent.answer).toBe(`${place} answers 500`);
  expect(absent.why.join()).toContain('ResolvedRefs is False (BackendNotFound)');
  const notReady = m.endpointSlice([{ addresses: ['10.0.0.1'], conditions: { ready: false } }]);
  expect((await answer([m.service(), notReady, shop()])).answer).toBe(
    `${place} answers 503: Service/default/app port 80: no ready endpoint`,
  );
  const outside = { ...m.service(), spec: { type: 'ExternalName', externalName: 'None' } };
  const odd = await answer([outside, shop()]);
  expect(odd.answer).toMatch(/answers 5\d\d/);
  expect(odd.why.join()).toContain('ResolvedRefs is False');
});

function mirror(backendRef: object): object {
  return { type: 'RequestMirror', requestMirror: { backendRef } };
}

test('story mirrors: the mirror is named with its cluster, and a mirror that may not be used is the reason', async () => {
  const copies = shop([{ ...toApp, filters: [mirror({ name: 'copy', port: 80 })] }]);
  const slice = m.endpointSlice(['10.0.0.2'], { name: 'copy-1', service: 'copy' });
  const { explained } = await started(...app, m.service('copy'), slice, copies);
  const [at] = (await explained.request(url)).gateways;
  expect(at?.routes[0]?.mirrors).toEqual(['default/copy/80/http1']);
  const foreign = shop([{ ...toApp, filters: [mirror({ name: 'copy', namespace: 'other', port: 80 })] }]);
  const found = await answer([...app, foreign]);
  expect(found.why.join()).toContain('ResolvedRefs is False (RefNotPermitted)');
});

test('story faults: while the newest is not translated, the answer is that of what is in force, and says so', async () => {
  const { pipeline, explained } = await started(...app, shop());
  const next = shop([{ ...toApp, matches: [m.prefix('/pay')] }]) as { metadata: object };
  // Not settled: the edit is known, and its translation is still to come.
  pipeline.apply({ ...next, metadata: { ...next.metadata, generation: 6 } });
  const { answer: said, gateways } = await explained.request(url);
  expect(said).toContain('forwards to Service/default/app');
  expect(gateways[0]?.why).toEqual([
    'HTTPRoute/default/shop: what is in force is of its generation 5; generation 6 is not translated yet',
  ]);
  const object = await explained.object('HTTPRoute/default/shop');
  expect(object?.why).toEqual(gateways[0]?.why);
  await pipeline.settle();
  expect((await explained.request(url)).answer).toContain('404: no route with the hostname');
});

test('story rollout: a plugin whose registry hangs is what the route waits for, since when', async () => {
  const policy = m.extensionPolicy({
    targetRefs: [{ kind: 'HTTPRoute', name: 'shop' }],
    wasm: [{ code: { type: 'Image', image: { url: 'registry.test/plugin:v1' } } }],
  });
  const { pipeline, explained } = await started(...app, shop(), policy);
  const since = '2026-01-01T00:00:00.000Z';
  const key = wasmModuleKey('default', 'plugins', 0);
  pipeline.controller.apply([{ kind: 'put', row: wasmModuleRow(key, { state: 'unknown', since }) }]);
  await pipeline.settle();
  const found = await explained.request(url);
  expect(found.answer).toBe(`${place} answers 503`);
  expect(found.gateways[0]?.why).toEqual([
    `EnvoyExtensionPolicy/default/plugins: ResolvedRefs is False (Pending) at Gateway default/web: spec.wasm[0].code: is being fetched since ${since}`,
  ]);
});

test('story statuses: while a proxy rejects the newest, the last good one answers, and the proxy is named', async () => {
  const { pipeline, explained } = await started(...app, shop([{ ...toApp, matches: [m.prefix('/cart')] }]));
  expect((await explained.request(url)).gateways[0]?.proxies).toEqual([]);
  const client = await pipeline.connected({ id: 'web-1' });
  expect((await explained.request(url)).gateways[0]?.proxies).toEqual([{ proxy: 'web-1', lacks: [] }]);
  client.tolerant = true;
  client.reject = (service) => (service === 'VHDS' ? 'bad route' : undefined);
  pipeline.apply(shop([{ ...toApp, matches: [m.prefix('/pay')] }]));
  await pipeline.drain();
  const { answer: said, gateways } = await explained.request(url);
  expect(said).toContain(`${place} forwards to Service/default/app`);
  expect(gateways[0]?.why.join()).toMatch(/HTTPRoute\/default\/shop: .*a proxy rejects .*bad route/);
  expect(gateways[0]?.proxies[0]).toMatchObject({
    proxy: 'web-1',
    lacks: [{ type: 'virtualHosts', message: 'bad route' }],
  });
});

test('an object: where it is in force, and what is wrong with it', async () => {
  const { explained } = await started(
    ...app,
    shop(),
    shop([toApp], { name: 'lost', parentRefs: [{ name: 'absent' }] }),
  );
  expect((await explained.object('HTTPRoute/default/shop'))?.answer).toBe(
    'in force at Gateway default/web for shop.test (1 match)',
  );
  expect((await explained.object('Gateway/default/web'))?.answer).toBe('serves 1 port');
  expect((await explained.object('Service/default/app'))?.answer).toBe(
    'in force at Gateway default/web in 1 cluster',
  );
  expect((await explained.object('HTTPRoute/default/lost'))?.answer).toBe('not in force at any Gateway');
  expect(await explained.object('HTTPRoute/default/none')).toBeUndefined();
  expect(await explained.object('Secret/default/token')).toBeUndefined();
});

test('an explanation reads as much among 1,000 routes as among 10, and shows no secret', async () => {
  const canary = 'canary-4711';
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'keys', namespace: 'default' },
    stringData: { alice: canary },
  };
  const policy = m.policy('SecurityPolicy', {
    targetRefs: [{ kind: 'HTTPRoute', name: 'shop' }],
    apiKeyAuth: { credentialRefs: [{ name: 'keys' }], extractFrom: [{ headers: ['x-key'] }] },
  });
  const read = async (count: number) => {
    const others = Array.from({ length: count }, (_, i) =>
      shop([toApp], { name: `r${i}`, hostnames: [`r${i}.test`] }),
    );
    const { explained } = await started(...app, shop(), secret, policy, ...others);
    const begin = performance.now();
    const found = await explained.request(url);
    process.stdout.write(`explain among ${count} routes: ${(performance.now() - begin).toFixed(1)} ms\n`);
    expect(found.gateways[0]?.routes[0]?.effects).toContain('API keys');
    expect(JSON.stringify([found, await explained.object('SecurityPolicy/default/policy')])).not.toContain(
      canary,
    );
    return Object.fromEntries(explained.items);
  };
  expect(await read(1000)).toEqual(await read(10));
});
