import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { CountingPool } from '../rig/pipeline/counting-pool.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const base = [m.gatewayClass(), m.gateway([m.httpListener()]), m.service(), m.endpointSlice(['10.0.0.1'])];
const rule = { filters: [m.toFilter()], backendRefs: [m.backend()] };
const credential = { credential: { valueRef: { name: 'token' } } };
const secret = (data: object, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'token', namespace: 'default', ...metadata },
  type: 'Opaque',
  stringData: data,
});
const regex = (pattern: string, substitution: string) => ({ pattern, substitution });

async function started(...objects: readonly object[]) {
  const pipeline = await Pipeline.started([...base, ...objects]);
  const client = await pipeline.connected();
  return { pipeline, client, routes: () => JSON.stringify(client.routes('default/web/80:*')) };
}

async function served(spec: object, ...others: readonly object[]): Promise<string> {
  const { routes } = await started(m.routeFilter(spec), m.httpRoute([rule]), ...others);
  return routes();
}

test.each<[string, object, string]>([
  [
    'a path by a regular expression',
    { urlRewrite: { path: { type: 'ReplaceRegexMatch', replaceRegexMatch: regex('^/(a+)', '/\\1/x') } } },
    '"regexRewrite":{"pattern":{"regex":"^/(a+)"},"substitution":"/\\\\1/x"}',
  ],
  [
    'the hostname from a header',
    { urlRewrite: { hostname: { type: 'Header', header: 'X-Host' } } },
    '"hostRewriteHeader":"X-Host","appendXForwardedHost":true',
  ],
  [
    'the hostname of the backend',
    { urlRewrite: { hostname: { type: 'Backend' }, appendXForwardedHost: false } },
    '"autoHostRewrite":true}',
  ],
  [
    'the hostname from the path',
    { urlRewrite: { hostname: { type: 'PathRegex', pathRegex: regex('^/([a-z]+).*', '\\1.test') } } },
    '"hostRewritePathRegex":{"pattern":{"regex":"^/([a-z]+).*"},"substitution":"\\\\1.test"}',
  ],
  [
    'a direct response, 200 unless it says otherwise',
    { directResponse: {} },
    '"directResponse":{"status":200}',
  ],
  [
    'cookies, all of one match',
    {
      matches: [
        {
          cookies: [
            { name: 'a', value: '1' },
            { type: 'RegularExpression', name: 'b', value: 'x+' },
          ],
        },
      ],
    },
    '"cookies":[{"name":"a","stringMatch":{"exact":"1"}},{"name":"b","stringMatch":{"safeRegex":{"regex":"x+"}}}]',
  ],
])('a filter can give %s', async (_, spec, wanted) => {
  expect(await served(spec)).toContain(wanted);
});

test('a direct response has a body, a content type and headers', async () => {
  const header = { set: [{ name: 'x-a', value: '100%' }], add: [{ name: 'x-b', value: '2' }] };
  const body = { inline: '<p style="width: 50%">%REQ(:PATH)%' };
  const routes = await served({
    directResponse: { statusCode: 418, contentType: 'text/html', body, header },
  });
  expect(routes).toContain('"status":418');
  expect(routes).toContain('<p style=\\"width: 50%%\\">%REQ(:PATH)%');
  expect(routes).toContain('{"key":"content-type","value":"text/html"}');
  expect(routes).toContain('{"key":"x-a","value":"100%%"}');
  expect(routes).toContain('{"key":"x-b","value":"2"}');
  expect(routes).not.toContain('"cluster"');
});

test('a body comes from a ConfigMap, and changes with it', async () => {
  const valueRef = { group: '', kind: 'ConfigMap', name: 'target' };
  const spec = { directResponse: { body: { type: 'ValueRef', valueRef } } };
  const { pipeline, routes } = await started(
    m.routeFilter(spec),
    m.httpRoute([rule]),
    m.configMap({ 'response.body': 'first' }),
  );
  expect(routes()).toContain('"inlineString":"first"');
  pipeline.apply(m.configMap({ 'response.body': 'second' }));
  await pipeline.settle();
  expect(routes()).toContain('"inlineString":"second"');
});

test('a credential comes by SDS, and its Secret may be Opaque', async () => {
  const spec = { credentialInjection: { header: 'X-Key', overwrite: true, ...credential } };
  const { client, routes } = await started(
    m.routeFilter(spec),
    m.httpRoute([rule]),
    secret({ credential: 'Bearer hidden', other: 'no' }),
  );
  expect(routes()).toContain('envoy.filters.http.credential_injector');
  expect(routes()).not.toContain('hidden');
  expect(client.names('SDS')).toEqual(['default/token/credential']);
});

test('a credential of another namespace needs a grant', async () => {
  const valueRef = { name: 'token', namespace: 'vault' };
  const objects = [
    m.routeFilter({ credentialInjection: { credential: { valueRef } } }),
    m.httpRoute([rule]),
    secret({ credential: 'Bearer hidden' }, { namespace: 'vault' }),
  ];
  const refused = await started(...objects);
  expect(refused.routes()).toContain('"directResponse":{"status":500}');
  expect(resolved(refused.pipeline)).toMatchObject({ status: 'False', reason: 'RefNotPermitted' });
  const from = { group: 'gateway.envoyproxy.io', kind: 'HTTPRouteFilter', namespace: 'default' };
  const granted = await started(...objects, m.referenceGrant(from, { group: '', kind: 'Secret' }, 'vault'));
  expect(granted.routes()).toContain('vault/token/credential');
});

test('rules with and without cookies share a match: those with cookies come first', async () => {
  const cookies = [{ name: 'canary', value: 'yes' }];
  const { routes } = await started(
    m.service('next'),
    m.routeFilter({ matches: [{ cookies }] }),
    m.httpRoute([
      { backendRefs: [m.backend()] },
      { filters: [m.toFilter()], backendRefs: [m.backend('next')] },
    ]),
  );
  expect(routes().indexOf('default/next/80')).toBeGreaterThan(-1);
  expect(routes().indexOf('default/next/80')).toBeLessThan(routes().indexOf('default/app/80'));
});

test('each alternative of cookies takes each match of the rule', async () => {
  const alternatives = ['a', 'b'].map((name) => ({ cookies: [{ name, value: '1' }] }));
  const matches = [m.prefix('/x'), m.prefix('/y')];
  const { routes } = await started(
    m.routeFilter({ matches: alternatives }),
    m.httpRoute([{ ...rule, matches }]),
  );
  expect([...routes().matchAll(/"cookies"/g)]).toHaveLength(4);
});

test('several filters of a rule add up, as long as none says what another does', async () => {
  const hostname = { type: 'Header', header: 'x-host' };
  const path = { type: 'ReplaceRegexMatch', replaceRegexMatch: regex('a', 'b') };
  const filters = [m.toFilter('host'), m.toFilter('path')];
  const both = [
    m.routeFilter({ urlRewrite: { hostname } }, { name: 'host' }),
    m.httpRoute([{ ...rule, filters }]),
  ];
  const added = await started(m.routeFilter({ urlRewrite: { path } }, { name: 'path' }), ...both);
  expect(added.routes()).toMatch(/hostRewriteHeader.*regexRewrite|regexRewrite.*hostRewriteHeader/);
  const twice = await started(m.routeFilter({ urlRewrite: { hostname, path } }, { name: 'path' }), ...both);
  expect(twice.routes()).toContain('"directResponse":{"status":500}');
});

test('a filter at one backend gives its share a route of its own', async () => {
  const { routes } = await started(
    m.service('next'),
    m.routeFilter({ directResponse: { statusCode: 503 } }),
    m.httpRoute([{ backendRefs: [m.backend(), m.backend('next', { filters: [m.toFilter()] })] }]),
  );
  expect(routes()).toContain('"numerator":500000');
  expect(routes()).toContain('"directResponse":{"status":503}');
  expect(routes()).not.toContain('default/next/80');
});

test('an edit of a filter translates the routes that name it, and no others', async () => {
  const pool = new CountingPool();
  const others = Array.from({ length: 20 }, (_, i) =>
    m.httpRoute([{ backendRefs: [m.backend()] }], { name: `other-${i}`, hostnames: [`${i}.test`] }),
  );
  const pipeline = await Pipeline.started(
    [...base, m.routeFilter({ directResponse: {} }), m.httpRoute([rule]), ...others],
    { pools: { config: pool } },
  );
  pool.take();
  pipeline.apply(m.routeFilter({ directResponse: { statusCode: 404 } }));
  await pipeline.settle();
  expect(Object.fromEntries(pool.take().sent)).toEqual({
    'AttachedRoute/default/web/HTTPRoute/default/route': 1,
    'HTTPRoute/default/route': 1,
  });
});

function resolved(pipeline: Pipeline) {
  const status = pipeline.status('HTTPRoute', 'route') as
    | { parents: { conditions: { type: string; status: string; message: string }[] }[] }
    | undefined;
  return status?.parents[0]?.conditions.find(({ type }) => type === 'ResolvedRefs');
}
