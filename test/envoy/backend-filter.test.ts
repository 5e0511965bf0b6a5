import { afterAll, beforeAll, expect, test } from 'vitest';
import { backend } from '../rig/objects/manifests.ts';
import { converge } from '../rig/envoy/converge.ts';
import type { EchoBackend } from '../rig/envoy/echo-backend.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';
import { echo, type Answer } from '../rig/envoy/http-client.ts';

let rig: EnvoyRig;
let m: EchoBackend;

beforeAll(async () => {
  rig = await EnvoyRig.start();
  for (const name of ['a', 'b']) await rig.backend(name);
  m = await rig.backend('m');
});

afterAll(() => rig.close());

function setRequest(name: string, value: string): object {
  return { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name, value }] } };
}

function setResponse(name: string, value: string): object {
  return { type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [{ name, value }] } };
}

function requestFilter(value: string): object {
  const add = [{ name: 'x-list', value }];
  const set = [{ name: 'x-last', value }];
  return { type: 'RequestHeaderModifier', requestHeaderModifier: { add, set, remove: ['x-gone'] } };
}

async function tally(name: string, describe: (answer: Answer) => string): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (let i = 0; i < 10; i++) {
    const answers = await Promise.all(Array.from({ length: 20 }, () => rig.send(name, { path: '/p/x' })));
    for (const found of answers.map(describe)) counts.set(found, (counts.get(found) ?? 0) + 1);
  }
  return counts;
}

/** A fair split of 200 practically never misses this share. */
function expectSplit(counts: Map<string, number>, ...kinds: string[]): void {
  expect([...counts.keys()].sort()).toEqual(kinds.sort());
  for (const count of counts.values()) expect(count).toBeGreaterThan(50);
}

test('header filters of a backendRef touch its requests alone', async () => {
  await rig.serve('headers', [
    {
      backendRefs: [
        backend('a', { filters: [setRequest('x-to', 'a'), setResponse('x-from', 'a')] }),
        backend('b', { filters: [setRequest('x-to', 'b')] }),
      ],
    },
  ]);
  const counts = await tally('headers', (answer) => {
    const body = echo(answer);
    return `${body.backend} ${body.headers['x-to']?.join()} ${answer.headers.get('x-from')?.join()}`;
  });
  expectSplit(counts, 'a a a', 'b b undefined');
});

test('header filters of the rule come first, so the backendRef has the last word', async () => {
  await rig.serve('last', [
    {
      filters: [requestFilter('rule'), setResponse('x-last', 'rule')],
      backendRefs: [backend('a', { filters: [requestFilter('backend'), setResponse('x-last', 'backend')] })],
    },
  ]);
  const answer = await rig.send('last', { headers: { 'x-gone': '1' } });
  const { headers } = await rig.echo('last', { headers: { 'x-gone': '1' } });
  expect([headers['x-last'], headers['x-list']?.join(), headers['x-gone']]).toEqual([
    ['backend'],
    'rule,backend',
    undefined,
  ]);
  expect(answer.headers.get('x-last')).toEqual(['backend']);
});

test('a backendRef without filters keeps those of the rule when another backendRef has its own', async () => {
  await rig.serve('kept', [
    {
      filters: [setRequest('x-to', 'rule')],
      backendRefs: [backend('a', { filters: [setRequest('x-to', 'own')] }), backend('b')],
    },
  ]);
  const counts = await tally('kept', (answer) => {
    const body = echo(answer);
    return `${body.backend} ${body.headers['x-to']?.join()}`;
  });
  expectSplit(counts, 'a own', 'b rule');
});

test('a rewrite of a backendRef touches its requests alone', async () => {
  const urlRewrite = {
    hostname: 'inner.example',
    path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/q' },
  };
  await rig.serve('rewrite', [
    {
      matches: [{ path: { type: 'PathPrefix', value: '/p' } }],
      backendRefs: [backend('a', { filters: [{ type: 'URLRewrite', urlRewrite }] }), backend('b')],
    },
  ]);
  const counts = await tally('rewrite', (answer) => {
    const body = echo(answer);
    return `${body.backend} ${body.host} ${body.path}`;
  });
  expectSplit(counts, 'a inner.example /q/x', 'b rewrite.test /p/x');
});

test('a mirror of a backendRef gets its requests alone', async () => {
  const filters = [{ type: 'RequestMirror', requestMirror: { backendRef: backend('m') } }];
  await rig.serve('mirror', [{ backendRefs: [backend('a', { filters }), backend('b')] }]);
  const counts = await tally('mirror', (answer) => echo(answer).backend);
  expectSplit(counts, 'a', 'b');
  await converge(() => m.count === counts.get('a'));
});

test('a redirect of a backendRef answers its share, and the rest is forwarded', async () => {
  const filters = [{ type: 'RequestRedirect', requestRedirect: { hostname: 'other.test', port: 8443 } }];
  await rig.serve('redirect', [{ backendRefs: [backend('a', { filters }), backend('b')] }]);
  const counts = await tally('redirect', (answer) =>
    answer.status === 200 ? 'b' : `${answer.status} ${answer.headers.get('location')?.[0]}`,
  );
  expectSplit(counts, 'b', '302 http://other.test:8443/p/x');
});

test('a split over filters that Envoy has only on routes keeps its weights', async () => {
  const filters = [{ type: 'URLRewrite', urlRewrite: { hostname: 'inner.example' } }];
  await rig.serve('thirds', [
    {
      backendRefs: [
        backend('a', { filters, weight: 2 }),
        backend('b', { filters, weight: 1 }),
        backend('m', { weight: 0, filters }),
      ],
    },
  ]);
  const counts = await tally('thirds', (answer) => echo(answer).backend);
  expect([...counts.keys()].sort()).toEqual(['a', 'b']);
  expect(counts.get('a')).toBeGreaterThan(100);
  expect(counts.get('a')).toBeLessThan(168);
});
