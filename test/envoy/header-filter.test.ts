import { afterAll, beforeAll, expect, test } from 'vitest';
import { backend } from '../rig/objects/manifests.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';
import type { EchoBackend } from '../rig/envoy/echo-backend.ts';

let rig: EnvoyRig;
let a: EchoBackend;

beforeAll(async () => {
  rig = await EnvoyRig.start();
  a = await rig.backend('a');
});

afterAll(() => rig.close());

function requestRule(requestHeaderModifier: object): object {
  return {
    filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier }],
    backendRefs: [backend('a')],
  };
}

function responseRule(responseHeaderModifier: object): object {
  return {
    filters: [{ type: 'ResponseHeaderModifier', responseHeaderModifier }],
    backendRefs: [backend('a')],
  };
}

test('a request header is set whether it was there or not', async () => {
  await rig.serve('set', [requestRule({ set: [{ name: 'X-Set', value: 'new' }] })]);
  const there = await rig.echo('set', { headers: { 'x-set': ['old', 'older'] } });
  const missing = await rig.echo('set');
  expect([there.headers['x-set'], missing.headers['x-set']]).toEqual([['new'], ['new']]);
});

test('a request header is added to what is there', async () => {
  await rig.serve('add', [requestRule({ add: [{ name: 'X-Add', value: 'more' }] })]);
  const there = await rig.echo('add', { headers: { 'x-add': 'some' } });
  const missing = await rig.echo('add');
  expect([there.headers['x-add']?.join(), missing.headers['x-add']?.join()]).toEqual(['some,more', 'more']);
});

test('a request header is removed, with its name in any case', async () => {
  await rig.serve('remove', [requestRule({ remove: ['X-Remove'] })]);
  const found = await rig.echo('remove', { headers: { 'x-remove': ['1', '2'], 'x-keep': '3' } });
  expect([found.headers['x-remove'], found.headers['x-keep']]).toEqual([undefined, ['3']]);
});

test('one filter sets, adds and removes', async () => {
  await rig.serve('all', [
    requestRule({
      set: [{ name: 'x-set', value: 's' }],
      add: [{ name: 'x-add', value: 'a' }],
      remove: ['x-remove', 'x-other'],
    }),
  ]);
  const { headers } = await rig.echo('all', {
    headers: { 'x-set': '1', 'x-add': '1', 'x-remove': '1', 'x-other': '1' },
  });
  expect([headers['x-set'], headers['x-add']?.join(), headers['x-remove'], headers['x-other']]).toEqual([
    ['s'],
    '1,a',
    undefined,
    undefined,
  ]);
});

test('a percent sign in a value is literal', async () => {
  const values = [
    '100%',
    '%REQ(:path)%',
    '%%',
    '%DOWNSTREAM_REMOTE_ADDRESS%',
    'a%20b',
    '%ENVIRONMENT(HOME)%',
  ];
  const set = values.map((value, i) => ({ name: `x-${i}`, value }));
  await rig.serve('percent', [
    {
      filters: [
        { type: 'RequestHeaderModifier', requestHeaderModifier: { set } },
        { type: 'ResponseHeaderModifier', responseHeaderModifier: { set } },
      ],
      backendRefs: [backend('a')],
    },
  ]);
  const answer = await rig.send('percent');
  const { headers } = await rig.echo('percent');
  expect(values.map((_, i) => headers[`x-${i}`]?.[0])).toEqual(values);
  expect(values.map((_, i) => answer.headers.get(`x-${i}`)?.[0])).toEqual(values);
});

test('response headers are set, added and removed', async () => {
  a.behaviour = () => ({
    kind: 'echo',
    headers: { 'x-set': 'old', 'x-add': 'some', 'x-remove': ['1', '2'], 'x-keep': 'kept' },
  });
  await rig.serve('response', [
    responseRule({
      set: [
        { name: 'X-Set', value: 'new' },
        { name: 'x-fresh', value: 'f' },
      ],
      add: [{ name: 'x-add', value: 'more' }],
      remove: ['X-Remove'],
    }),
  ]);
  const { headers } = await rig.send('response');
  a.behaviour = () => ({ kind: 'echo' });
  const names = ['x-set', 'x-fresh', 'x-add', 'x-remove', 'x-keep'];
  expect(names.map((name) => headers.get(name)?.join())).toEqual([
    'new',
    'f',
    'some,more',
    undefined,
    'kept',
  ]);
});

test('a redirect and an error of the proxy carry the response headers of their rule', async () => {
  const filter = {
    type: 'ResponseHeaderModifier',
    responseHeaderModifier: { set: [{ name: 'x-set', value: '1' }] },
  };
  await rig.serve('own', [
    {
      matches: [{ path: { type: 'PathPrefix', value: '/redirect' } }],
      filters: [filter, { type: 'RequestRedirect', requestRedirect: { hostname: 'other.test' } }],
    },
    {
      matches: [{ path: { type: 'PathPrefix', value: '/none' } }],
      filters: [filter],
      backendRefs: [backend('no')],
    },
  ]);
  const answers = [await rig.send('own', { path: '/redirect' }), await rig.send('own', { path: '/none' })];
  expect(answers.map(({ status, headers }) => [status, headers.get('x-set')?.[0]])).toEqual([
    [302, '1'],
    [500, '1'],
  ]);
});

test('the proxy gives away no headers of its own', async () => {
  await rig.serve('quiet', [{ backendRefs: [backend('a')] }]);
  const answer = await rig.send('quiet');
  expect(
    [...answer.headers.keys()].filter((name) => name.startsWith('x-envoy') || name === 'server'),
  ).toEqual([]);
});
