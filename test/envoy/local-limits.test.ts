import { afterAll, beforeAll, expect, test } from 'vitest';
import { backend, policy } from '../rig/objects/manifests.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';

let rig: EnvoyRig;

beforeAll(async () => {
  rig = await EnvoyRig.start();
  await rig.backend('app');
});

afterAll(() => rig.close());

async function serve(name: string, ...rules: readonly object[]): Promise<void> {
  const rateLimit = { type: 'Local', local: { rules } };
  rig.apply([
    policy('BackendTrafficPolicy', { targetRefs: [{ kind: 'HTTPRoute', name }], rateLimit }, { name }),
  ]);
  await rig.serve(name, [{ backendRefs: [backend('app')] }]);
}

const limit = (requests: number) => ({ requests, unit: 'Hour' });

test('requests beyond the limit are answered with 429', async () => {
  await serve('limited', { limit: limit(3) });
  expect(await rig.answers('limited', ['/', '/', '/', '/'])).toEqual(['app', 'app', 'app', 429]);
  const { headers } = await rig.send('limited');
  expect(headers.get('x-ratelimit-remaining')).toEqual(['0']);
});

const of = (user: string) => ({ path: '/', headers: { 'x-user': user } });

test('each value of a header has its own bucket, and other requests the common one', async () => {
  const clientSelectors = [{ headers: [{ name: 'x-user', type: 'Distinct' }] }];
  await serve('users', { clientSelectors, limit: limit(1) }, { limit: limit(2) });
  expect(await rig.answers('users', [of('a'), of('a'), of('b'), of('b')])).toEqual(['app', 429, 'app', 429]);
  expect(await rig.answers('users', ['/', '/', '/'])).toEqual(['app', 'app', 429]);
});

test('a rule is for requests that all of its selectors choose', async () => {
  const clientSelectors = [
    { methods: [{ value: 'GET' }, { value: 'HEAD' }], path: { value: '/slow' } },
    { headers: [{ name: 'x-free', value: 'yes', invert: true }], sourceCIDR: { value: '127.0.0.0/8' } },
    { queryParams: [{ name: 'q', value: 'a.b' }] },
  ];
  await serve('chosen', { clientSelectors, limit: limit(1) });
  const wanted = '/slow/x?q=a.b';
  expect(await rig.answers('chosen', [wanted, wanted])).toEqual(['app', 429]);
  const free = { path: wanted, headers: { 'x-free': 'yes' } };
  const others = ['/slower?q=a.b', '/slow?q=axb', { path: wanted, method: 'POST' }, free];
  expect(await rig.answers('chosen', others)).toEqual(['app', 'app', 'app', 'app']);
});

test('each address of a range has its own bucket, and a shadow refuses nothing', async () => {
  const distinct = [{ sourceCIDR: { type: 'Distinct', value: '127.0.0.0/8' } }];
  await serve('addresses', { clientSelectors: distinct, limit: limit(1) });
  expect(await rig.answers('addresses', ['/', '/'])).toEqual(['app', 429]);
  await serve('shadow', { clientSelectors: distinct, limit: limit(1), shadowMode: true });
  expect(await rig.answers('shadow', ['/', '/'])).toEqual(['app', 'app']);
});
