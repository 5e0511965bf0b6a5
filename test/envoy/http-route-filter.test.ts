import { afterAll, beforeAll, expect, test } from 'vitest';
import { backend, configMap, prefix, routeFilter, toFilter } from '../rig/objects/manifests.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';

let rig: EnvoyRig;

beforeAll(async () => {
  rig = await EnvoyRig.start();
  await rig.backend('a');
  await rig.backend('b');
});

afterAll(() => rig.close());

const withCookie = (cookie: string) => ({ headers: { cookie } });

/** Serves a rule with the filter at the host of that name. */
async function serve(name: string, spec: object, fields: object = {}): Promise<void> {
  rig.apply([routeFilter(spec, { name })]);
  await rig.serve(name, [{ filters: [toFilter(name)], backendRefs: [backend('a')], ...fields }]);
}

function token(value: string, name = 'token'): object {
  const metadata = { name, namespace: 'default' };
  return { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', stringData: { credential: value } };
}

test('a path is rewritten by an expression with groups, and keeps its query', async () => {
  const replaceRegexMatch = { pattern: '^/service/([^/]+)(/.*)$', substitution: '\\2/instance/\\1' };
  await serve('path', { urlRewrite: { path: { type: 'ReplaceRegexMatch', replaceRegexMatch } } });
  expect((await rig.echo('path', { path: '/service/foo/v1?q=1' })).path).toBe('/v1/instance/foo?q=1');
  expect((await rig.echo('path', { path: '/other' })).path).toBe('/other');
});

test('the hostname comes from a header, and the client’s is noted unless the filter says no', async () => {
  const hostname = { type: 'Header', header: 'x-to' };
  await serve('header', { urlRewrite: { hostname } });
  const found = await rig.echo('header', { headers: { 'x-to': 'inner.example' } });
  expect([found.host, found.headers['x-forwarded-host']]).toEqual(['inner.example', ['header.test']]);
  expect((await rig.echo('header')).host).toBe('header.test');
  await serve('quiet', { urlRewrite: { hostname, appendXForwardedHost: false } });
  const quiet = await rig.echo('quiet', { headers: { 'x-to': 'inner.example' } });
  expect([quiet.host, quiet.headers['x-forwarded-host']]).toEqual(['inner.example', undefined]);
});

test('the hostname comes from the path', async () => {
  const pathRegex = { pattern: '^/tenant/([a-z0-9-]+)/.*', substitution: '\\1.example' };
  await serve('tenant', { urlRewrite: { hostname: { type: 'PathRegex', pathRegex } } });
  const found = await rig.echo('tenant', { path: '/tenant/one/x' });
  expect([found.host, found.path]).toEqual(['one.example', '/tenant/one/x']);
});

test('a backend without a name keeps the hostname of the client', async () => {
  await serve('backend', { urlRewrite: { hostname: { type: 'Backend' } } });
  expect((await rig.echo('backend')).host).toBe('backend.test');
});

test('a direct response has its status, type, headers and body, with commands', async () => {
  const body = { inline: '<p style="width: 50%">%REQ(X-A)% %REQ(:PATH)% %% 100%</p>' };
  const header = { set: [{ name: 'x-set', value: '5%' }], add: [{ name: 'x-add', value: '1' }] };
  await serve('direct', { directResponse: { statusCode: 418, contentType: 'text/html', body, header } });
  const found = await rig.send('direct', { path: '/p', headers: { 'x-a': 'hello' } });
  expect(found.status).toBe(418);
  expect(found.body).toBe('<p style="width: 50%">hello /p % 100%</p>');
  const wanted = [['text/html'], ['5%'], ['1']];
  expect(['content-type', 'x-set', 'x-add'].map((name) => found.headers.get(name))).toEqual(wanted);
});

test('the largest body, from a ConfigMap', async () => {
  const text = '%'.repeat(1000).padEnd(30000, 'x');
  rig.apply([configMap({ 'response.body': text }, { name: 'page' })]);
  const valueRef = { group: '', kind: 'ConfigMap', name: 'page' };
  await serve('page', { directResponse: { body: { type: 'ValueRef', valueRef } } });
  const found = await rig.send('page');
  expect([found.status, found.body.length]).toEqual([200, text.length - 500]);
});

test('a credential is added, and replaces that of the client if it overwrites', async () => {
  const valueRef = { name: 'token' };
  rig.apply([token('Bearer one')]);
  await serve('token', { credentialInjection: { credential: { valueRef } } });
  await serve('other', {
    credentialInjection: { header: 'x-key', overwrite: true, credential: { valueRef } },
  });
  await expect.poll(async () => (await rig.send('token')).status).toBe(200);
  const given = { headers: { authorization: 'Basic own', 'x-key': 'own' } };
  expect((await rig.echo('token')).headers['authorization']).toEqual(['Bearer one']);
  expect((await rig.echo('token', given)).headers['authorization']).toEqual(['Basic own']);
  expect((await rig.echo('other', given)).headers).toMatchObject({
    authorization: ['Basic own'],
    'x-key': ['Bearer one'],
  });
  rig.apply([token('Bearer two')]);
  await rig.settled();
  await expect.poll(async () => (await rig.echo('token')).headers['authorization']).toEqual(['Bearer two']);
});

test('credentials are there over updates of other routes', async () => {
  rig.apply([token('Bearer kept', 'kept')]);
  await serve('kept', { credentialInjection: { credential: { valueRef: { name: 'kept' } } } });
  await expect.poll(async () => (await rig.send('kept')).status).toBe(200);
  const found = new Set<unknown>();
  for (let i = 0; i < 20; i++) {
    const edit = rig.serve('edited', [{ matches: [prefix(`/${i}`)], backendRefs: [backend('a')] }]);
    for (let j = 0; j < 10; j++) {
      const answer = await rig.send('kept');
      found.add(answer.status);
    }
    await edit;
  }
  expect([...found]).toEqual([200]);
});

test('a credential for one backend alone', async () => {
  rig.apply([token('Bearer b', 'for-b')]);
  rig.apply([
    routeFilter({ credentialInjection: { credential: { valueRef: { name: 'for-b' } } } }, { name: 'b' }),
  ]);
  await rig.serve('share', [{ backendRefs: [backend('a'), backend('b', { filters: [toFilter('b')] })] }]);
  await expect
    .poll(async () => new Set(await rig.answers('share', Array<string>(20).fill('/'))))
    .toEqual(new Set(['a', 'b']));
  for (let i = 0; i < 20; i++) {
    const found = await rig.echo('share');
    expect(found.headers['authorization']).toEqual(found.backend === 'b' ? ['Bearer b'] : undefined);
  }
});

test('cookies narrow the matches of a rule, all of one alternative or all of another', async () => {
  const matches = [
    {
      cookies: [
        { name: 'canary', value: 'yes' },
        { type: 'RegularExpression', name: 'user', value: 'u[0-9]+' },
      ],
    },
    { cookies: [{ name: 'tester', value: '1' }] },
  ];
  rig.apply([routeFilter({ matches }, { name: 'cookies' })]);
  await rig.serve('cookies', [
    { backendRefs: [backend('a')] },
    { filters: [toFilter('cookies')], backendRefs: [backend('b')] },
  ]);
  expect(
    await rig.answers('cookies', [
      {},
      withCookie('canary=yes'),
      withCookie('canary=yes; user=u7'),
      withCookie('user=u7; x=1; canary=yes'),
      withCookie('user=7; canary=yes'),
      withCookie('tester=1'),
      withCookie('tester=10'),
    ]),
  ).toEqual(['a', 'a', 'b', 'b', 'a', 'b', 'a']);
});

test('a filter that cannot be had closes its rule alone, until it can', async () => {
  await rig.serve('later', [
    { matches: [prefix('/closed')], filters: [toFilter('later')], backendRefs: [backend('a')] },
    { matches: [prefix('/open')], backendRefs: [backend('a')] },
  ]);
  expect(await rig.answers('later', ['/closed', '/open'])).toEqual([500, 'a']);
  rig.apply([routeFilter({ directResponse: { statusCode: 404 } }, { name: 'later' })]);
  await rig.settled();
  expect(await rig.answers('later', ['/closed', '/open'])).toEqual([404, 'a']);
});

test('Envoy has rejected nothing', async () => {
  expect(await rig.rejected()).toBe(0);
});
