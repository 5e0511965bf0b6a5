import { expect, test } from 'vitest';
import { decodeRow } from '../decode.ts';
import { httpRouteKind } from './http-route.ts';

test.each<[string, object, string]>([
  ['a header for a cookie', { header: { name: 'a' } }, 'header: must not be given for type Cookie'],
  ['a cookie for a header', { type: 'Header', header: { name: 'a' }, cookie: {} }, 'cookie: must not be'],
  ['a header without its name', { type: 'Header' }, 'header: is required for type Header'],
  ['Host', { type: 'Header', header: { name: 'Host' } }, 'header.name: must not name Host'],
  ['an attribute in a path', { cookie: { path: '/; Domain=a' } }, 'cookie.path: must be a path'],
  ['a name with an attribute', { cookie: { name: 'a; b' } }, 'cookie.name: must be an HTTP header name'],
  [
    'a lasting cookie that does not end',
    { cookie: { lifetimeType: 'Permanent' } },
    'absoluteTimeout: must be',
  ],
])('%s cannot be read', (_, session, message) => {
  const { problems } = parsed(session);
  expect(problems.map(({ path, message: text }) => `${path}: ${text}`)).toEqual([
    expect.stringContaining(`spec.rules[0].sessionPersistence.${message}`),
  ]);
});

test('a timeout that Envoy cannot keep is named as without effect', () => {
  const path = 'spec.rules[0].sessionPersistence.absoluteTimeout';
  expect(parsed({ absoluteTimeout: '5m', cookie: {} }).leftOut).toEqual([path]);
  expect(parsed({ absoluteTimeout: '5m', type: 'Header', header: { name: 'a' } }).leftOut).toEqual([path]);
  const lasting = { absoluteTimeout: '5m', cookie: { lifetimeType: 'Permanent' } };
  expect(parsed(lasting).leftOut).toBeUndefined();
});

function parsed(sessionPersistence: object) {
  const row = httpRouteKind.parse({ metadata: { name: 'a' }, spec: { rules: [{ sessionPersistence }] } });
  if (row.kind !== 'row') throw new Error('not a row');
  return { problems: row.problems ?? [], leftOut: decodeRow('HTTPRoute', row.row.bytes).leftOut };
}
