import { expect, test } from 'vitest';
import { xdsJson } from '../../../test/rig/xds/xds-json.ts';
import { corsConfig } from './cors.ts';

test('a CORS filter becomes the route configuration of the filter that every listener has', () => {
  const policy = json({
    allowOrigins: ['https://a.example'],
    allowMethods: ['GET', 'PUT'],
    allowCredentials: true,
  });
  expect(policy).toMatchObject({
    allowOriginStringMatch: [{ exact: 'https://a.example' }],
    allowMethods: 'GET, PUT',
    maxAge: '5',
    allowCredentials: true,
  });
});

test('credentials that are not allowed are not mentioned', () => {
  expect(json({})).not.toHaveProperty('allowCredentials');
});

test.each([
  ['https://*.bar.com', 'https://www.bar.com', true],
  ['https://*.bar.com', 'https://a.b.bar.com', true],
  ['https://*.bar.com', 'https://bar.com', false],
  ['https://*.bar.com', 'https://foobar.com', false],
  ['https://*.bar.com', 'https://evil.com/.bar.com', false],
  ['https://*.bar.com', 'https://wwwxbar.com', false],
  ['https://*.bar.com', 'http://www.bar.com', false],
  ['https://*.bar.com:8443', 'https://www.bar.com:8443', true],
  ['https://*.bar.com:8443', 'https://www.bar.com', false],
  ['*', 'https://foobar.com:12345', true],
  ['http://*', 'http://foo', true],
  ['http://*', 'https://foo', false],
  ['http://*', 'http://x.y:8080', false],
  ['http://*:80', 'http://x.y', true],
  ['https://*.bar.com:443', 'https://www.bar.com', true],
  ['HTTPS://*.Bar.com', 'https://www.bar.com', true],
])('%s lets in %s: %s', (allowed, origin, expected) => {
  const [matcher] = json({ allowOrigins: [allowed] })['allowOriginStringMatch'] as {
    safeRegex: { regex: string };
  }[];
  expect(new RegExp(`^(?:${matcher?.safeRegex.regex})$`).test(origin)).toBe(expected);
});

test.each([
  ['https://app.test:443', 'https://app.test'],
  ['http://app.test:80', 'http://app.test'],
  ['http://app.test:0080', 'http://app.test'],
  ['http://app.test:443', 'http://app.test:443'],
  ['https://app.test:80', 'https://app.test:80'],
  ['https://App.Test', 'https://app.test'],
])('%s is the origin that browsers send as %s', (allowed, sent) => {
  expect(json({ allowOrigins: [allowed] })).toMatchObject({ allowOriginStringMatch: [{ exact: sent }] });
});

test('with credentials no * is exposed, and without them it is', () => {
  const exposeHeaders = ['*', 'x-one'];
  expect(json({ exposeHeaders, allowCredentials: true })).toMatchObject({ exposeHeaders: 'x-one' });
  expect(json({ exposeHeaders })).toMatchObject({ exposeHeaders: '*, x-one' });
});

function json(fields: Partial<Parameters<typeof corsConfig>[0]>) {
  const empty = { allowOrigins: [], allowMethods: [], allowHeaders: [], exposeHeaders: [] };
  const config = corsConfig({ ...empty, allowCredentials: false, maxAgeSeconds: 5, ...fields });
  const entry = config.get('envoy.filters.http.cors');
  return xdsJson(entry?.typeUrl ?? '', entry?.value ?? new Uint8Array(0));
}
