import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { EchoBackend } from '../rig/envoy/echo-backend.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';
import { backend, gateway, httpListener, httpRoute } from '../rig/objects/manifests.ts';

let rig: EnvoyRig;
const servers = new Map<string, EchoBackend>();

beforeAll(async () => {
  rig = await EnvoyRig.start();
  for (const name of ['app', 'ann', 'who', 'may', 'post']) servers.set(name, await rig.backend(name));
  rig.apply([gateway([filtered(['who', 'may'])]), route]);
  await rig.settled();
});

beforeEach(() => {
  for (const server of servers.values()) server.requests.length = 0;
  of('who').behaviour = ({ headers }) => {
    const user = headers['authorization']?.[0];
    if (user === undefined) return { kind: 'status', status: 401 };
    return { kind: 'echo', headers: { 'x-user': user, host: 'evil.test', 'x-order': 'first' } };
  };
  of('may').behaviour = ({ headers }) =>
    headers['x-user']?.[0] === 'eve'
      ? { kind: 'status', status: 403 }
      : { kind: 'echo', headers: { 'x-order': 'second' } };
});

afterAll(() => rig.close());

function of(name: string): EchoBackend {
  const server = servers.get(name);
  if (server === undefined) throw new Error(`no backend ${name}`);
  return server;
}

const check = (name: string): object => ({
  type: 'ExternalAuth',
  externalAuth: {
    protocol: 'HTTP',
    backendRef: backend(name),
    http: { allowedHeaders: ['x-user', 'x-order'] },
  },
});

function filtered(names: readonly string[]): object {
  return {
    ...httpListener({ port: rig.port, hostname: '*.test' }),
    ...(names.length === 0 ? {} : { filters: { requests: names.map(check) } }),
  };
}

/** Each user has a backend; `/own` has a filter of its own, which other requests do not pass. */
const byUser = { matches: [{ headers: [{ name: 'x-user', value: 'ann' }] }], backendRefs: [backend('ann')] };
const own = {
  matches: [{ path: { value: '/own' }, headers: [{ name: 'x-user', value: 'bob' }] }],
  filters: [check('post')],
  backendRefs: [backend('app')],
};
const route = httpRoute([byUser, own, { backendRefs: [backend('app')] }], {
  name: 'a',
  hostnames: ['a.test'],
});
const as = (user: string, more: object = {}): object => ({ headers: { authorization: user }, ...more });

test('routes are matched by what the filters have made of a request', async () => {
  expect(await rig.answers('a', ['/', as('ann'), as('bob'), as('eve')])).toEqual([401, 'ann', 'app', 403]);
  expect(of('ann').requests).toMatchObject([{ host: 'a.test', headers: { 'x-user': ['ann'] } }]);
});

test('a request that is refused sees no later filter and no route', async () => {
  expect(await rig.answers('a', ['/'])).toEqual([401]);
  expect(of('may').requests).toEqual([]);
  expect(of('app').requests).toEqual([]);
});

test('filters run in their order, and a client cannot play their part', async () => {
  const headers = { authorization: 'bob', 'x-user': 'ann', 'x-order': 'none' };
  expect(await rig.answers('a', [{ headers }])).toEqual(['app']);
  expect(of('may').requests[0]?.headers).toMatchObject({ 'x-user': ['bob'], 'x-order': ['first'] });
  expect(of('app').requests[0]?.headers).toMatchObject({ 'x-user': ['bob'], 'x-order': ['second'] });
});

test('a filter of the route that is matched then runs, though the request as it came matched another', async () => {
  of('post').behaviour = () => ({ kind: 'status', status: 402 });
  expect(await rig.answers('a', [as('bob', { path: '/own' }), as('bob')])).toEqual([402, 'app']);
  of('post').behaviour = () => ({ kind: 'echo' });
  expect(await rig.answers('a', [as('bob', { path: '/own' })])).toEqual(['app']);
});

test('a request without any route passes the filters first', async () => {
  expect(await rig.answers('none', ['/', as('ann')])).toEqual([401, 404]);
});

test('the backend sees the client’s address, and no other hop', async () => {
  const { headers } = await rig.echo('a', as('bob'));
  expect(headers['x-forwarded-for']).toHaveLength(1);
  expect(headers['x-forwarded-for']?.[0]).not.toContain(',');
  expect(headers).toMatchObject({
    'x-envoy-external-address': ['127.0.0.1'],
    'x-forwarded-proto': ['http'],
  });
});

test('filters come and go under requests, none of which fails or gets by', async () => {
  const found = new Set<string | number>();
  const end = new AbortController();
  const asking = (async () => {
    while (!end.signal.aborted)
      for (const answer of await rig.answers('a', [as('bob'), as('eve')])) found.add(answer);
  })();
  for (const names of [['who'], ['who', 'may'], ['may', 'who'], ['who', 'may']]) {
    rig.apply([gateway([filtered(names)])]);
    await rig.settled();
  }
  end.abort();
  await asking;
  expect([...found].every((answer) => answer === 'app' || answer === 403)).toBe(true);
  rig.apply([gateway([filtered([])])]);
  await rig.settled();
  expect(await rig.answers('a', ['/'])).toEqual(['app']);
  rig.apply([gateway([filtered(['who', 'may'])])]);
  await rig.settled();
  expect(await rig.answers('a', ['/', as('ann')])).toEqual([401, 'ann']);
});
