import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientPolicy } from '../rig/pipeline/client-policy.ts';
import { backend, policy } from '../rig/objects/manifests.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';

let rig: EnvoyRig;

beforeAll(async () => {
  rig = await EnvoyRig.start({ concurrency: 2 });
  await rig.backend('app');
});

afterAll(() => rig.close());

function limiting(name: string, ...rules: readonly object[]): object {
  const rateLimit = { type: 'Local', local: { rules } };
  return policy('BackendTrafficPolicy', { targetRefs: [{ kind: 'HTTPRoute', name }], rateLimit }, { name });
}

const forward = { backendRefs: [backend('app')] };

async function serve(name: string, ...rules: readonly object[]): Promise<void> {
  rig.apply([limiting(name, ...rules)]);
  await rig.serve(name, [forward]);
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

test('a rule for the others is for those that no rule chooses, in a unit of its own', async () => {
  const clientSelectors = [
    { headers: [{ name: 'x-plan', value: 'gold' }], queryParams: [{ name: 'fast', value: 'yes' }] },
  ];
  const every = { limit: { requests: 1, unit: 'Day' } };
  await serve('others', { clientSelectors, limit: { requests: 2, unit: 'Minute' } }, every);
  const gold = { path: '/?fast=yes', headers: { 'x-plan': 'gold' } };
  expect(await rig.answers('others', [gold, gold, gold])).toEqual(['app', 'app', 429]);
  // Each fails another test of the rule, and they share the one bucket.
  const slow = { path: '/', headers: { 'x-plan': 'gold' } };
  const others = [slow, '/?fast=yes', '/', { path: '/?fast=no', headers: { 'x-plan': 'gold' } }];
  expect(await rig.answers('others', others)).toEqual(['app', 429, 429, 429]);
});

test('counts are kept while routes and other policies change', async () => {
  await serve('kept', { limit: limit(6) });
  const answers: (string | number)[] = [];
  for (let i = 0; i < 8; i++) {
    answers.push(...(await rig.answers('kept', ['/'])));
    // The second has a limit that another policy has already.
    await rig.serve(`other-${i}`, [forward]);
    await serve('shares', { limit: limit(i % 2 === 0 ? 6 : 3) });
    rig.apply([limiting(`other-${i}`, { limit: limit(6) })]);
    await rig.settled();
  }
  expect(answers).toEqual([...Array<string>(6).fill('app'), 429, 429]);
});

test('a route has a bucket for each hostname, and all workers take from it', async () => {
  await serve('workers', { limit: limit(5) });
  const answers = await Promise.all(Array.from({ length: 20 }, () => rig.answers('workers', ['/'])));
  expect(answers.filter(([answer]) => answer === 'app')).toHaveLength(5);
});

test('headers of the answer say what is left, unless the rule says otherwise', async () => {
  await serve('named', { limit: limit(3) });
  const { headers } = await rig.send('named');
  expect(headers.get('x-ratelimit-limit')).toEqual(['3']);
  expect(headers.get('x-ratelimit-remaining')).toEqual(['2']);
  await serve('silent', { limit: limit(3), xRateLimitHeaders: 'Off' });
  expect((await rig.send('silent')).headers.get('x-ratelimit-limit')).toBeUndefined();
  const clientSelectors = [{ headers: [{ name: 'x-user', type: 'Distinct' }] }];
  await serve('none', { clientSelectors, limit: limit(3) });
  expect((await rig.send('none')).headers.get('x-ratelimit-limit')).toBeUndefined();
});

test('a ClientTrafficPolicy takes the headers away, unless the rule has a setting of its own', async () => {
  await serve('hidden', { limit: limit(3) });
  await serve('shown', { limit: limit(3), xRateLimitHeaders: 'DraftVersion03' });
  const hides = clientPolicy({ headers: { disableRateLimitHeaders: true } });
  rig.apply([hides]);
  await rig.settled();
  const left = async (name: string) => (await rig.send(name)).headers.get('x-ratelimit-limit');
  expect([await left('hidden'), await left('shown')]).toEqual([undefined, ['3']]);
  rig.apply([], [hides]);
  await rig.settled();
  expect(await left('hidden')).toEqual(['3']);
});

test('a redirect is limited', async () => {
  rig.apply([limiting('moved', { limit: limit(1) })]);
  const requestRedirect = { hostname: 'other.test', statusCode: 302 };
  await rig.serve('moved', [{ filters: [{ type: 'RequestRedirect', requestRedirect }] }]);
  expect(await rig.answers('moved', ['/', '/'])).toEqual([302, 429]);
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
