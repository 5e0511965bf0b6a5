import { afterAll, beforeAll, expect, test } from 'vitest';
import { backend } from '../rig/objects/manifests.ts';
import type { EchoBackend } from '../rig/envoy/echo-backend.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';
import type { Answer } from '../rig/envoy/http-client.ts';

let rig: EnvoyRig;
let app: EchoBackend;

beforeAll(async () => {
  rig = await EnvoyRig.start();
  app = await rig.backend('app');
});

afterAll(() => rig.close());

function rule(cors: object): object {
  return { filters: [{ type: 'CORS', cors }], backendRefs: [backend('app')] };
}

function preflight(name: string, origin: string, headers = 'x-asked'): Promise<Answer> {
  return rig.send(name, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'PUT',
      'access-control-request-headers': headers,
    },
  });
}

function allowed({ headers }: Answer): Record<string, string> {
  const found = [...headers].filter(([name]) => name.startsWith('access-control-'));
  return Object.fromEntries(
    found.map(([name, values]) => [name.slice('access-control-'.length), values.join()]),
  );
}

const full = {
  allowOrigins: ['https://app.example.com'],
  allowMethods: ['GET', 'PUT'],
  allowHeaders: ['x-one', 'x-two'],
  exposeHeaders: ['x-three'],
  allowCredentials: true,
  maxAge: 600,
};

test('a preflight from an allowed origin is answered by the proxy', async () => {
  await rig.serve('full', [rule(full)]);
  const before = app.count;
  const answer = await preflight('full', 'https://app.example.com');
  expect(answer.status).toBe(200);
  expect(allowed(answer)).toMatchObject({
    'allow-origin': 'https://app.example.com',
    'allow-methods': 'GET, PUT',
    'allow-headers': 'x-one, x-two',
    'allow-credentials': 'true',
    'max-age': '600',
  });
  expect(app.count).toBe(before);
});

test('a preflight from another origin is allowed nothing and reaches no backend', async () => {
  const before = app.count;
  for (const origin of [
    'https://evil.example',
    'http://app.example.com',
    'https://app.example.com.evil.example',
  ]) {
    expect(allowed(await preflight('full', origin))['allow-origin']).toBe(undefined);
  }
  expect(app.count).toBe(before);
});

test('an answer to an allowed origin says so, and one to another origin does not', async () => {
  const good = await rig.send('full', { headers: { origin: 'https://app.example.com' } });
  const bad = await rig.send('full', { headers: { origin: 'https://evil.example' } });
  const none = await rig.send('full');
  expect([good.status, bad.status, none.status]).toEqual([200, 200, 200]);
  expect(allowed(good)).toEqual({
    'allow-origin': 'https://app.example.com',
    'allow-credentials': 'true',
    'expose-headers': 'x-three',
  });
  expect([allowed(bad), allowed(none)]).toEqual([{}, {}]);
});

test('an OPTIONS request that is no preflight reaches the backend', async () => {
  const found = await rig.echo('full', { method: 'OPTIONS' });
  expect(found.method).toBe('OPTIONS');
});

test('a wildcard in an origin stands for any labels, and never for another host', async () => {
  await rig.serve('wild', [rule({ allowOrigins: ['https://*.example.com', 'https://*.ports.test:8443'] })]);
  const origins = [
    'https://a.example.com',
    'https://a.b.example.com',
    'https://example.com',
    'https://a.example.com.evil.test',
    'https://evil.test/.example.com',
    'https://aXexampleXcom',
    'http://a.example.com',
    'https://a.ports.test:8443',
    'https://a.ports.test',
  ];
  const found: boolean[] = [];
  for (const origin of origins) {
    const answer = await rig.send('wild', { headers: { origin } });
    found.push(answer.headers.get('access-control-allow-origin')?.[0] === origin);
  }
  expect(found).toEqual([true, true, false, false, false, false, false, true, false]);
});

test('the origin * allows every origin', async () => {
  await rig.serve('any', [rule({ allowOrigins: ['*'], allowMethods: ['GET'] })]);
  const answer = await preflight('any', 'https://whoever.example:8443');
  expect(['*', 'https://whoever.example:8443']).toContain(allowed(answer)['allow-origin']);
});

/** https://gateway-api.sigs.k8s.io/reference/spec/#httpcorsfilter: with credentials a browser takes no `*`. */
test('with credentials and *, what was asked for is named', async () => {
  await rig.serve('star', [
    rule({ allowOrigins: ['*'], allowMethods: ['*'], allowHeaders: ['*'], allowCredentials: true }),
  ]);
  expect(allowed(await preflight('star', 'https://a.example', 'x-one, x-two'))).toEqual({
    'allow-origin': 'https://a.example',
    'allow-methods': 'PUT',
    'allow-headers': 'x-one, x-two',
    'allow-credentials': 'true',
    'max-age': '5',
  });
});

test('an origin is the same with the port of its scheme and without it', async () => {
  await rig.serve('port', [rule({ allowOrigins: ['https://app.test:443', 'http://*'] })]);
  const found: (string | undefined)[] = [];
  for (const origin of ['https://app.test', 'http://x.y', 'http://x.y:8080'])
    found.push(allowed(await preflight('port', origin))['allow-origin']);
  expect(found).toEqual(['https://app.test', 'http://x.y', undefined]);
});

test('with credentials no * is exposed', async () => {
  await rig.serve('expose', [
    rule({ allowOrigins: ['https://a.example'], exposeHeaders: ['*'], allowCredentials: true }),
  ]);
  const answer = await rig.send('expose', { headers: { origin: 'https://a.example' } });
  expect(allowed(answer)).toEqual({ 'allow-origin': 'https://a.example', 'allow-credentials': 'true' });
});

/** The proxy's own answers: a redirect, and the 500 of a rule without a backend. */
test.each([
  ['redirect', { type: 'RequestRedirect', requestRedirect: { hostname: 'elsewhere.test' } }, 302],
  ['nothing', undefined, 500],
])('a rule that the proxy answers by itself (%s) has the CORS headers', async (name, filter, status) => {
  const cors = {
    allowOrigins: ['https://a.example', 'https://*.b.example'],
    allowMethods: ['PUT'],
    allowCredentials: true,
  };
  await rig.serve(name, [{ filters: [{ type: 'CORS', cors }, ...(filter === undefined ? [] : [filter])] }]);
  const asked = await preflight(name, 'https://x.b.example');
  expect(asked.status).toBe(200);
  expect(allowed(asked)).toMatchObject({ 'allow-origin': 'https://x.b.example', 'allow-methods': 'PUT' });
  expect(allowed(await preflight(name, 'https://evil.example'))['allow-origin']).toBe(undefined);
  const good = await rig.send(name, { headers: { origin: 'https://a.example' } });
  expect([good.status, allowed(good)]).toEqual([
    status,
    { 'allow-origin': 'https://a.example', 'allow-credentials': 'true' },
  ]);
  const bad = await rig.send(name, { headers: { origin: 'https://evil.example' } });
  expect([bad.status, allowed(bad)]).toEqual([status, {}]);
});

test('a route without the filter leaves CORS to its backend', async () => {
  app.behaviour = () => ({ kind: 'echo', headers: { 'access-control-allow-origin': 'https://own.example' } });
  await rig.serve('without', [{ backendRefs: [backend('app')] }]);
  const answer = await preflight('without', 'https://own.example');
  app.behaviour = () => ({ kind: 'echo' });
  expect(allowed(answer)).toEqual({ 'allow-origin': 'https://own.example' });
});
