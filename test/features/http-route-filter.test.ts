import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { CountingPool } from '../rig/pipeline/counting-pool.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const base = [m.gatewayClass(), m.gateway([m.httpListener()]), m.service(), m.endpointSlice(['10.0.0.1'])];
const toFilter = (name = 'filter') => ({
  type: 'ExtensionRef',
  extensionRef: { group: 'gateway.envoyproxy.io', kind: 'HTTPRouteFilter', name },
});
const rule = { filters: [toFilter()], backendRefs: [m.backend()] };
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

test('a large body at many matches closes its rule', async () => {
  const matches = Array.from({ length: 10 }, (_, i) => m.prefix(`/${i}`));
  const { pipeline, routes } = await started(
    m.routeFilter({ directResponse: { body: { inline: 'x'.repeat(30_000) } } }),
    m.httpRoute([{ ...rule, matches }]),
  );
  expect(routes()).toContain('"directResponse":{"status":500}');
  expect(resolved(pipeline)?.message).toContain('10 matches: 300000 bytes');
});

test('rules with and without cookies share a match: those with cookies come first', async () => {
  const cookies = [{ name: 'canary', value: 'yes' }];
  const { routes } = await started(
    m.service('next'),
    m.routeFilter({ matches: [{ cookies }] }),
    m.httpRoute([
      { backendRefs: [m.backend()] },
      { filters: [toFilter()], backendRefs: [m.backend('next')] },
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
  const filters = [toFilter('host'), toFilter('path')];
  const both = [
    m.routeFilter({ urlRewrite: { hostname } }, { name: 'host' }),
    m.httpRoute([{ ...rule, filters }]),
  ];
  const added = await started(m.routeFilter({ urlRewrite: { path } }, { name: 'path' }), ...both);
  expect(added.routes()).toMatch(/hostRewriteHeader.*regexRewrite|regexRewrite.*hostRewriteHeader/);
  const twice = await started(m.routeFilter({ urlRewrite: { hostname, path } }, { name: 'path' }), ...both);
  expect(twice.routes()).toContain('"directResponse":{"status":500}');
});

test.each<[string, object, string]>([
  [
    'a pattern that is no expression',
    { urlRewrite: { path: { type: 'ReplaceRegexMatch', replaceRegexMatch: regex('(', 'x') } } },
    'spec.urlRewrite.path.replaceRegexMatch.pattern',
  ],
  [
    'a group that the pattern lacks',
    { urlRewrite: { path: { type: 'ReplaceRegexMatch', replaceRegexMatch: regex('(a)', '\\2') } } },
    'spec.urlRewrite.path.replaceRegexMatch.substitution: names group 2',
  ],
  [
    'a type of a newer release',
    { urlRewrite: { hostname: { type: 'Random' } } },
    'spec.urlRewrite.hostname.type',
  ],
  ['a field of a newer release', { quota: { max: 1 } }, 'spec.quota: is not supported'],
  [
    'a body that reads the environment',
    { directResponse: { body: { inline: '%ENVIRONMENT(KEY)%' } } },
    '%ENVIRONMENT%',
  ],
  [
    'a body that is too large',
    { directResponse: { body: { inline: 'x'.repeat(40_000) } } },
    'has 40000 bytes',
  ],
  [
    'headers to remove from a direct response',
    { directResponse: { header: { remove: ['a'] } } },
    'spec.directResponse.header.remove',
  ],
  [
    'a ConfigMap that does not exist',
    { directResponse: { body: { type: 'ValueRef', valueRef: { kind: 'ConfigMap', name: 'none' } } } },
    'ConfigMap default/none does not exist',
  ],
  [
    'a Secret that does not exist',
    { credentialInjection: credential },
    'Secret default/token does not exist',
  ],
  [
    'cookies by what is no expression',
    { matches: [{ cookies: [{ type: 'RegularExpression', name: 'a', value: '(' }] }] },
    'spec.matches[0].cookies[0].value',
  ],
])('%s closes the rule, and the route says why', async (_, spec, message) => {
  const other = { matches: [m.prefix('/other')], backendRefs: [m.backend()] };
  const { pipeline, routes } = await started(m.routeFilter(spec), m.httpRoute([rule, other]));
  expect(routes()).toContain('"directResponse":{"status":500}');
  expect(routes()).toContain('"cluster":"default/app/80/http1"');
  expect(resolved(pipeline)).toMatchObject({
    status: 'False',
    message: expect.stringContaining(message) as unknown,
  });
  expect(resolved(pipeline)?.message).toContain('spec.rules[0].filters[0].extensionRef: HTTPRouteFilter');
});

test.each([
  ['has a line break', { credential: 'Bearer hidden\n' }],
  ['is missing', { token: 'Bearer hidden' }],
])('a credential that %s is refused without a quote', async (_, data) => {
  const { pipeline, routes, client } = await started(
    m.routeFilter({ credentialInjection: credential }),
    m.httpRoute([rule]),
    secret(data),
  );
  expect(routes()).toContain('"directResponse":{"status":500}');
  expect(client.names('SDS')).toEqual([]);
  expect(resolved(pipeline)).toMatchObject({ status: 'False', reason: 'UnsupportedValue' });
  expect(resolved(pipeline)?.message).not.toContain('hidden');
});

test('a rule whose filter does not exist waits for it as for any object, and then is closed', async () => {
  const { pipeline, routes } = await started(m.httpRoute([rule]));
  expect(resolved(pipeline)?.message).toContain('HTTPRouteFilter default/filter does not exist');
  expect(routes()).toContain('"directResponse":{"status":500}');
  pipeline.apply(m.routeFilter({ directResponse: { statusCode: 204 } }));
  await pipeline.settle();
  expect(routes()).toContain('"directResponse":{"status":204}');
  expect(resolved(pipeline)).toMatchObject({ status: 'True' });
});

test('a filter at one backend gives its share a route of its own', async () => {
  const { routes } = await started(
    m.service('next'),
    m.routeFilter({ directResponse: { statusCode: 503 } }),
    m.httpRoute([{ backendRefs: [m.backend(), m.backend('next', { filters: [toFilter()] })] }]),
  );
  expect(routes()).toContain('"numerator":500000');
  expect(routes()).toContain('"directResponse":{"status":503}');
  expect(routes()).not.toContain('default/next/80');
});

test('cookies are no matter of one backend: its share is closed', async () => {
  const filters = [toFilter()];
  const { pipeline, routes } = await started(
    m.routeFilter({ matches: [{ cookies: [{ name: 'a', value: '1' }] }] }),
    m.httpRoute([{ backendRefs: [m.backend(), m.backend('app', { filters })] }]),
  );
  expect(routes()).toContain('"directResponse":{"status":500}');
  expect(resolved(pipeline)?.message).toContain('spec.rules[0].backendRefs[1].filters[0].extensionRef');
});

test('calls of a GRPCRoute may be refused by a direct response, and not answered', async () => {
  const refused = await started(m.routeFilter({ directResponse: { statusCode: 403 } }), m.grpcRoute([rule]));
  expect(refused.routes()).toContain('"directResponse":{"status":403}');
  const answered = await started(m.routeFilter({ directResponse: {} }), m.grpcRoute([rule]));
  expect(answered.routes()).toContain('"directResponse":{"status":503}');
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
