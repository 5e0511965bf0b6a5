import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
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

test('a large body at many matches closes its rule', async () => {
  const matches = Array.from({ length: 10 }, (_, i) => m.prefix(`/${i}`));
  const { pipeline, routes } = await started(
    m.routeFilter({ directResponse: { body: { inline: 'x'.repeat(30_000) } } }),
    m.httpRoute([{ ...rule, matches }]),
  );
  expect(routes()).toContain('"directResponse":{"status":500}');
  expect(resolved(pipeline)?.message).toContain('10 matches: 300000 bytes');
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

test('cookies are no matter of one backend: its share is closed', async () => {
  const filters = [m.toFilter()];
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

function resolved(pipeline: Pipeline) {
  const status = pipeline.status('HTTPRoute', 'route') as
    | { parents: { conditions: { type: string; status: string; message: string }[] }[] }
    | undefined;
  return status?.parents[0]?.conditions.find(({ type }) => type === 'ResolvedRefs');
}
