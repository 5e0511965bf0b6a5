import { afterAll, beforeAll, expect, test } from 'vitest';
import { backend } from '../rig/objects/manifests.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';

let rig: EnvoyRig;

beforeAll(async () => {
  rig = await EnvoyRig.start();
  for (const name of ['a', 'b', 'c']) await rig.backend(name);
});

afterAll(() => rig.close());

function rule(match: object, to = 'a'): object {
  return { matches: [match], backendRefs: [backend(to)] };
}

test('a header matches by its exact value, with the name in any case', async () => {
  await rig.serve('header', [rule({ headers: [{ name: 'X-Version', value: 'two' }] })]);
  const values = [
    { 'x-version': 'two' },
    { 'X-VERSION': 'two' },
    { 'x-version': 'Two' },
    { 'x-version': 'twofold' },
    {},
  ];
  expect(
    await rig.answers(
      'header',
      values.map((headers) => ({ headers })),
    ),
  ).toEqual(['a', 'a', 404, 404, 404]);
});

test('a regular expression matches a whole header value', async () => {
  await rig.serve('header-regex', [
    rule({ headers: [{ type: 'RegularExpression', name: 'x-id', value: '[a-c]+[0-9]' }] }),
  ]);
  const values = [{ 'x-id': 'abc1' }, { 'x-id': 'abc12' }, { 'x-id': 'xabc1' }, { 'x-id': '' }, {}];
  expect(
    await rig.answers(
      'header-regex',
      values.map((headers) => ({ headers })),
    ),
  ).toEqual(['a', 404, 404, 404, 404]);
});

test('all headers of one match have to be there', async () => {
  await rig.serve('headers', [
    rule({
      headers: [
        { name: 'x-one', value: '1' },
        { name: 'x-two', value: '2' },
      ],
    }),
  ]);
  const values = [{ 'x-one': '1', 'x-two': '2' }, { 'x-one': '1' }, { 'x-two': '2' }];
  expect(
    await rig.answers(
      'headers',
      values.map((headers) => ({ headers })),
    ),
  ).toEqual(['a', 404, 404]);
});

test('a header named like a property of every object matches like any other', async () => {
  await rig.serve('proto', [rule({ headers: [{ name: 'constructor', value: 'x' }] })]);
  const values: Record<string, string>[] = [{ constructor: 'x' }, { constructor: 'y' }];
  expect(
    await rig.answers(
      'proto',
      values.map((headers) => ({ headers })),
    ),
  ).toEqual(['a', 404]);
});

test('a query parameter matches by its exact value, with the name as it is written', async () => {
  await rig.serve('query', [rule({ queryParams: [{ name: 'animal', value: 'whale' }] })]);
  const paths = [
    '/?animal=whale',
    '/x?a=b&animal=whale',
    '/?animal=whales',
    '/?Animal=whale',
    '/?animal',
    '/',
  ];
  expect(await rig.answers('query', paths)).toEqual(['a', 'a', 404, 404, 404, 404]);
});

test('a regular expression matches a whole query value', async () => {
  await rig.serve('query-regex', [
    rule({ queryParams: [{ type: 'RegularExpression', name: 'id', value: '[0-9]+' }] }),
  ]);
  expect(await rig.answers('query-regex', ['/?id=12', '/?id=12a', '/?id='])).toEqual(['a', 404, 404]);
});

test('a method matches itself alone', async () => {
  await rig.serve('method', [rule({ method: 'POST' }, 'a'), rule({ method: 'DELETE' }, 'b')]);
  const methods = ['POST', 'DELETE', 'GET', 'PATCH'];
  expect(
    await rig.answers(
      'method',
      methods.map((method) => ({ method })),
    ),
  ).toEqual(['a', 'b', 404, 404]);
});

test('each of several matches is enough, and all parts of one are needed', async () => {
  await rig.serve('either', [
    {
      matches: [
        { path: { type: 'PathPrefix', value: '/v1' }, headers: [{ name: 'x-beta', value: 'yes' }] },
        { path: { type: 'Exact', value: '/v2' }, method: 'PUT', queryParams: [{ name: 'q', value: '1' }] },
      ],
      backendRefs: [backend('a')],
    },
  ]);
  const beta = { 'x-beta': 'yes' };
  expect(
    await rig.answers('either', [
      { path: '/v1/x', headers: beta },
      { path: '/v1/x' },
      { path: '/v2?q=1', method: 'PUT' },
      { path: '/v2?q=1', headers: beta },
      { path: '/v2?q=2', method: 'PUT' },
    ]),
  ).toEqual(['a', 404, 'a', 404, 404]);
});

test('a request that matches no rule is answered with 404', async () => {
  await rig.serve('none', [rule({ path: { type: 'Exact', value: '/here' } })]);
  expect(await rig.answers('none', ['/there'])).toEqual([404]);
  expect(await rig.answers('unknown', ['/here'])).toEqual([404]);
});
