import { expect, test } from 'vitest';
import { httpRouteKind } from './http-route.ts';

const match = (path: object) => ({ rules: [{ matches: [{ path }] }] });
const filters = (...items: object[]) => ({ rules: [{ filters: items }] });
const header = (fields: object) => filters({ type: 'RequestHeaderModifier', requestHeaderModifier: fields });
const cors = (fields: object) => filters({ type: 'CORS', cors: fields });
const replacePrefix = { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' };

const unreadable: readonly [string, object, string][] = [
  ['a path without /', match({ value: 'a' }), 'spec.rules[0].matches[0].path.value: must start with "/"'],
  ['//', match({ value: '/a//b' }), 'spec.rules[0].matches[0].path.value: must not contain "//"'],
  ['/./', match({ value: '/./b' }), 'spec.rules[0].matches[0].path.value: must not contain "/./"'],
  ['/../', match({ value: '/a/../b' }), 'spec.rules[0].matches[0].path.value: must not contain "/../"'],
  ['%2f', match({ value: '/a%2fb' }), 'spec.rules[0].matches[0].path.value: must not contain "%2f"'],
  ['%2F', match({ value: '/a%2Fb' }), 'spec.rules[0].matches[0].path.value: must not contain "%2F"'],
  ['#', match({ value: '/a#b' }), 'spec.rules[0].matches[0].path.value: must not contain "#"'],
  ['a final /..', match({ value: '/a/..' }), 'spec.rules[0].matches[0].path.value: must not end with "/.."'],
  ['a final /.', match({ value: '/a/.' }), 'spec.rules[0].matches[0].path.value: must not end with "/."'],
  [
    'a blank in a path',
    match({ type: 'Exact', value: '/a b' }),
    'spec.rules[0].matches[0].path.value: must only contain characters of a URL path',
  ],
  [
    'a bad hostname',
    { hostnames: ['A_b'] },
    'spec.hostnames[0]: must be a DNS name, with at most a leading "*."',
  ],
  ['an IP address as hostname', { hostnames: ['10.0.0.1'] }, 'spec.hostnames[0]: must not be an IP address'],
  ['a filter without its member', filters({ type: 'CORS' }), 'spec.rules[0].filters[0].cors: is required'],
  [
    'a filter with the member of another type',
    filters({ type: 'CORS', cors: {}, urlRewrite: {} }),
    'spec.rules[0].filters[0].urlRewrite: must not be given for type CORS',
  ],
  [
    'an unknown filter',
    filters({ type: 'Cache' }),
    'spec.rules[0].filters[0].type: must be one of RequestHeaderModifier, ResponseHeaderModifier, RequestMirror, RequestRedirect, URLRewrite, CORS, ExternalAuth, ExtensionRef',
  ],
  [
    'a filter that is there twice',
    filters({ type: 'URLRewrite', urlRewrite: {} }, { type: 'URLRewrite', urlRewrite: {} }),
    'spec.rules[0].filters[1].type: must be unique: item 0 has it already',
  ],
  [
    'a redirect with a rewrite',
    filters({ type: 'URLRewrite', urlRewrite: {} }, { type: 'RequestRedirect', requestRedirect: {} }),
    'spec.rules[0].filters[1].type: must not be used together with URLRewrite',
  ],
  [
    'a redirect with backends',
    {
      rules: [
        {
          filters: [{ type: 'RequestRedirect', requestRedirect: {} }],
          backendRefs: [{ name: 'a', port: 80 }],
        },
      ],
    },
    'spec.rules[0].filters[0].type: must not be used together with backendRefs',
  ],
  [
    'ReplacePrefixMatch with an exact path',
    {
      rules: [
        {
          matches: [{ path: { type: 'Exact', value: '/a' } }],
          filters: [{ type: 'URLRewrite', urlRewrite: { path: replacePrefix } }],
        },
      ],
    },
    'spec.rules[0].filters[0].urlRewrite.path.type: needs a rule with exactly one match, of path type PathPrefix',
  ],
  [
    'ReplacePrefixMatch on a backend of a rule with two matches',
    {
      rules: [
        {
          matches: [{ path: { value: '/a' } }, { path: { value: '/b' } }],
          backendRefs: [
            {
              name: 'a',
              port: 80,
              filters: [{ type: 'RequestRedirect', requestRedirect: { path: replacePrefix } }],
            },
          ],
        },
      ],
    },
    'spec.rules[0].backendRefs[0].filters[0].requestRedirect.path.type: needs a rule with exactly one match, of path type PathPrefix',
  ],
  [
    'two replacements in one path',
    filters({ type: 'URLRewrite', urlRewrite: { path: { ...replacePrefix, replaceFullPath: '/' } } }),
    'spec.rules[0].filters[0].urlRewrite.path.replaceFullPath: must not be given for type ReplacePrefixMatch',
  ],
  [
    'percent and fraction',
    filters({
      type: 'RequestMirror',
      requestMirror: { backendRef: { name: 'a', port: 1 }, percent: 1, fraction: { numerator: 1 } },
    }),
    'spec.rules[0].filters[0].requestMirror.fraction: must not be given together with percent',
  ],
  [
    'a fraction over one',
    filters({
      type: 'RequestMirror',
      requestMirror: { backendRef: { name: 'a', port: 1 }, fraction: { numerator: 101 } },
    }),
    'spec.rules[0].filters[0].requestMirror.fraction.numerator: must not be larger than the denominator',
  ],
  [
    'a mirror to a Service without a port',
    filters({ type: 'RequestMirror', requestMirror: { backendRef: { name: 'a' } } }),
    'spec.rules[0].filters[0].requestMirror.backendRef.port: is required for a Service',
  ],
  [
    'a Service without a port',
    { rules: [{ backendRefs: [{ name: 'a' }] }] },
    'spec.rules[0].backendRefs[0].port: is required for a Service',
  ],
  [
    'a backend timeout over that of the request',
    { rules: [{ timeouts: { request: '1s', backendRequest: '1001ms' } }] },
    'spec.rules[0].timeouts.backendRequest: must not be longer than the request timeout',
  ],
  [
    'a duration without a unit',
    { rules: [{ timeouts: { request: '10' } }] },
    'spec.rules[0].timeouts.request: must be a duration such as 10s, 500ms or 1h30m',
  ],
  [
    'a redirect to another status',
    filters({ type: 'RequestRedirect', requestRedirect: { statusCode: 304 } }),
    'spec.rules[0].filters[0].requestRedirect.statusCode: must be 301, 302, 303, 307 or 308',
  ],
  [
    'a line break in a header value',
    header({ set: [{ name: 'a', value: 'b\r\nc: d' }] }),
    'spec.rules[0].filters[0].requestHeaderModifier.set[0].value: must not hold control characters',
  ],
  [
    'NUL in a header value',
    header({ add: [{ name: 'a', value: 'b\0' }] }),
    'spec.rules[0].filters[0].requestHeaderModifier.add[0].value: must not hold control characters',
  ],
  [
    'a line break in a replaced path',
    filters({
      type: 'URLRewrite',
      urlRewrite: { path: { type: 'ReplaceFullPath', replaceFullPath: '/\n' } },
    }),
    'spec.rules[0].filters[0].urlRewrite.path.replaceFullPath: must not hold control characters',
  ],
  [
    'a pseudo header',
    header({ set: [{ name: ':path', value: '/' }] }),
    'spec.rules[0].filters[0].requestHeaderModifier.set[0].name: must be an HTTP header name',
  ],
  [
    'a removed header that is no name',
    header({ remove: ['a\n'] }),
    'spec.rules[0].filters[0].requestHeaderModifier.remove[0]: must be an HTTP header name',
  ],
  [
    'a header set twice',
    header({
      set: [
        { name: 'a', value: 'b' },
        { name: 'a', value: 'c' },
      ],
    }),
    'spec.rules[0].filters[0].requestHeaderModifier.set[1].name: must be unique: item 0 has it already',
  ],
  [
    'an origin with a path',
    cors({ allowOrigins: ['https://a.example.com/'] }),
    'spec.rules[0].filters[0].cors.allowOrigins[0]: must be "*" or an origin such as https://*.example.com',
  ],
  [
    '* beside other methods',
    cors({ allowMethods: ['GET', '*'] }),
    'spec.rules[0].filters[0].cors.allowMethods[1]: "*" must be the only item',
  ],
  [
    'an unknown method',
    { rules: [{ matches: [{ method: 'get' }] }] },
    'spec.rules[0].matches[0].method: must be GET, HEAD, POST, PUT, DELETE, CONNECT, OPTIONS, TRACE or PATCH',
  ],
  [
    'two rules of one name',
    { rules: [{ name: 'a' }, { name: 'a' }] },
    'spec.rules[1].name: must be unique: item 0 has it already',
  ],
  [
    'one parent twice',
    { parentRefs: [{ name: 'a' }, { name: 'a' }] },
    'spec.parentRefs[1]: must be unique: item 0 has it already',
  ],
  [
    'one parent with and without a sectionName',
    { parentRefs: [{ name: 'a' }, { name: 'a', sectionName: 'b' }] },
    'spec.parentRefs[1]: must give sectionName and port like the other references to the same parent',
  ],
  [
    'more than 128 matches',
    { rules: [1, 2, 3].map(() => ({ matches: Array.from({ length: 64 }, () => ({})) })) },
    'spec.rules: must hold at most 128 matches in all',
  ],
  ['a number for a string', { hostnames: [7] }, 'spec.hostnames[0]: must be a string, not a number'],
  ['a map for a list', { rules: {} }, 'spec.rules: must be a list, not a map'],
  [
    'too many hostnames',
    { hostnames: Array.from({ length: 17 }, () => 'a') },
    'spec.hostnames: must hold at most 16 items',
  ],
];

const accepted: readonly [string, object][] = [
  ['a regular expression that is no path', match({ type: 'RegularExpression', value: '.*//' })],
  [
    'a backend timeout when the request has none',
    { rules: [{ timeouts: { request: '0s', backendRequest: '9s' } }] },
  ],
  ['wildcard origins', cors({ allowOrigins: ['https://*.example.com:8443', 'http://*'] })],
  ['* alone', cors({ allowOrigins: ['*'], allowMethods: ['*'], allowHeaders: ['*'] })],
  ['a header value of the whole world', header({ set: [{ name: 'a', value: 'naïve\tcafé  %REQ(x)%' }] })],
  [
    'one parent by two sections',
    { parentRefs: ['a', 'b'].map((sectionName) => ({ name: 'x', sectionName })) },
  ],
  [
    'a backend of another kind without a port',
    { rules: [{ backendRefs: [{ name: 'a', kind: 'Lambda', group: 'x.io' }] }] },
  ],
];

const memberOf = {
  RequestHeaderModifier: 'requestHeaderModifier',
  RequestMirror: 'requestMirror',
  RequestRedirect: 'requestRedirect',
  URLRewrite: 'urlRewrite',
  CORS: 'cors',
  ExternalAuth: 'externalAuth',
  ExtensionRef: 'extensionRef',
};
const mixedFilters = Object.keys(memberOf).flatMap((type) =>
  Object.entries(memberOf).flatMap(([other, member]) => (other === type ? [] : [[type, member]])),
);

test.each(unreadable)('%s cannot be read, and the problem has the field path', (_what, spec, line) => {
  const parsed = httpRouteKind.parse({ metadata: { name: 'web' }, spec });
  expect(parsed).toMatchObject({ kind: 'row', row: { key: 'HTTPRoute/default/web' } });
  expect((parsed.problems ?? []).map(({ path, message }) => `${path}: ${message}`)).toContain(line);
});

test.each(accepted)('%s is accepted', (_what, spec) => {
  expect(httpRouteKind.parse({ metadata: { name: 'web' }, spec }).problems).toEqual([]);
});

test.each(mixedFilters)(
  'a filter of type %s that has %s cannot be read, and no rule looks at it',
  (type, member) => {
    const filter = { type, [member]: {} };
    const rule = { filters: [filter], backendRefs: [{ name: 'a', port: 80, filters: [filter] }] };
    const parsed = httpRouteKind.parse({ metadata: { name: 'web' }, spec: { rules: [rule] } });
    expect(parsed).toMatchObject({ kind: 'row', problems: [{}, {}] });
  },
);
