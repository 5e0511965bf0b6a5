import * as fc from 'fast-check';
import { httpMethods } from '../../src/kinds/gateway-api/http-route-match.ts';

/** Rules with every field, match and filter, and odd text. Sluice refuses about half, which the caller must skip. */
export function arbitraryRules(services: readonly string[]): fc.Arbitrary<readonly object[]> {
  return fc.array(rule(services), { minLength: 1, maxLength: 4 });
}

function rule(services: readonly string[]): fc.Arbitrary<object> {
  const backendRefs = fc.array(
    optional(
      { name: fc.constantFrom(...services), port: fc.constant(80) },
      { weight, filters: filters(services) },
    ),
    { maxLength: 4 },
  );
  return fc.oneof(
    {
      weight: 4,
      arbitrary: optional({ backendRefs }, { matches, filters: filters(services), timeouts, retry }),
    },
    { weight: 1, arbitrary: optional({ filters: filters(services) }, { matches }) },
    { weight: 2, arbitrary: optional({ matches: prefixMatches, filters: filters(services) }, { timeouts }) },
  );
}

const weight = fc.constantFrom(0, 1, 3, 1_000_000);

/** Text with a meaning for Envoy's configuration, its formatter or RE2. */
const oddText = fc.constantFrom(
  '%',
  '%%',
  '%REQ(:path)%',
  '%UNKNOWN%',
  '%DYNAMIC_METADATA([',
  '\\1',
  '\\',
  '$0',
  '"quoted"',
  "it's",
  ' leading and trailing ',
  'tab\there',
  'ümläut',
  '日本語',
  '😀',
  '{}',
  '[a',
  '(',
  '*',
  'x'.repeat(1000),
  '__proto__',
  'a,b;c=d',
);

const text = fc.oneof(oddText, fc.string({ maxLength: 20 }), fc.string({ unit: 'grapheme', maxLength: 10 }));

const headerName = fc.oneof(
  fc.constantFrom(
    'x-a',
    'X-B',
    'Host',
    'host',
    ':path',
    ':authority',
    'Content-Length',
    'Transfer-Encoding',
    'Connection',
    'x_under',
    "!#$%&'*+-.^_`|~",
    'cookie',
    'via',
    'x-envoy-upstream-rq-timeout-ms',
    'x-forwarded-for',
    '__proto__',
    'a'.repeat(256),
  ),
  fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,8}$/),
);

const path = fc.oneof(
  fc.constantFrom(
    '/',
    '/a',
    '/a/',
    '/a/b',
    '/a.b',
    '/a+b',
    '/%41',
    '/a%20b',
    '/~x',
    "/it's",
    '/a:b@c',
    '/a=b;c',
    '/**',
  ),
  fc.stringMatching(/^(\/[a-z0-9._~!$&'()*+,;=:@-]{1,6}){1,4}\/?$/),
);

/** Valid ones, invalid ones, and some that libraries disagree about. */
export const arbitraryExpression = fc.oneof(
  fc.constantFrom(
    '/.*',
    '/v[0-9]+',
    '(?i)/abc',
    '(a|b)*c',
    '^/x$',
    '[^/]+',
    '\\d{1,3}',
    '\\pL+',
    '\\p{Greek}',
    '(?P<name>x)',
    '(?<name>x)',
    'a{1000}',
    '(a{30}){30}',
    '(?=x)',
    '(x)\\1',
    '[',
    '(',
    '*',
    'a**',
    '\\Q.*\\E',
    '\\C',
    'x{2,1}',
    '日+',
    '.{0,500}',
    '|',
    '()',
    '(?s).',
    '\\x{10FFFF}',
    '\\z',
    '\\pN{100}',
    '[[:alpha:]]+',
    '\\b',
    '(?U)a+',
  ),
  fc.stringMatching(/^[a-c.*+?()[\]|\\^$0-3{},-]{1,12}$/),
);

const pathMatch = fc.oneof(
  optional({ type: fc.constantFrom('Exact', 'PathPrefix'), value: path }),
  optional({ type: fc.constant('RegularExpression'), value: arbitraryExpression }),
);

const valueMatch = fc.oneof(
  optional({ name: headerName, value: text }),
  optional({ type: fc.constant('RegularExpression'), name: headerName, value: arbitraryExpression }),
);

const valueMatches = fc.array(valueMatch, { maxLength: 3 });

const matches = fc.array(
  optional(
    {},
    {
      path: pathMatch,
      headers: valueMatches,
      queryParams: valueMatches,
      method: fc.constantFrom(...httpMethods),
    },
  ),
  { maxLength: 3 },
);

/** `ReplacePrefixMatch` needs exactly one match, of a prefix. */
const prefixMatches = fc
  .tuple(path, valueMatches)
  .map(([value, headers]) => [{ path: { type: 'PathPrefix', value }, headers }]);

const headerValues = fc.array(optional({ name: headerName, value: text }), { maxLength: 3 });

const headerModifier = optional(
  {},
  { set: headerValues, add: headerValues, remove: fc.array(headerName, { maxLength: 3 }) },
);

const replacement = fc.oneof(
  path,
  text,
  fc.constantFrom('', '/', '//', '/a//', '/x?y', '/x#y', 'relative', '/a b'),
);

const pathModifier = fc.oneof(
  optional({ type: fc.constant('ReplaceFullPath'), replaceFullPath: replacement }),
  optional({ type: fc.constant('ReplacePrefixMatch'), replacePrefixMatch: replacement }),
);

const hostname = fc.constantFrom('a.example', 'x', 'very-long-name.with.many.labels.example.com');

const origin = fc.constantFrom(
  '*',
  'https://a.example',
  'https://*.a.example',
  'http://*',
  'https://*.a.example:8443',
  'http://localhost:1',
);

const cors = optional(
  {},
  {
    allowOrigins: fc.array(origin, { maxLength: 3 }),
    allowMethods: fc.array(fc.constantFrom('*', 'GET', 'PUT'), { maxLength: 2 }),
    allowHeaders: fc.array(fc.oneof(fc.constant('*'), headerName), { maxLength: 2 }),
    exposeHeaders: fc.array(fc.oneof(fc.constant('*'), headerName), { maxLength: 2 }),
    allowCredentials: fc.boolean(),
    maxAge: fc.constantFrom(1, 5, 86_400, 2_147_483_647),
  },
);

function filters(services: readonly string[]): fc.Arbitrary<readonly object[]> {
  const backendRef = optional({ name: fc.constantFrom(...services), port: fc.constant(80) });
  const fraction = optional(
    { numerator: fc.constantFrom(0, 1, 333, 2_147_483_647) },
    { denominator: fc.constantFrom(1, 3, 1000, 2_147_483_647) },
  );
  const requestMirror = fc.oneof(
    optional({ backendRef }, { percent: fc.integer({ min: 0, max: 100 }) }),
    optional({ backendRef, fraction }),
  );
  const requestRedirect = optional(
    {},
    {
      scheme: fc.constantFrom('http', 'https'),
      hostname,
      port: fc.constantFrom(1, 80, 443, 8080, 65_535),
      statusCode: fc.constantFrom(301, 302, 303, 307, 308),
      path: pathModifier,
    },
  );
  const extensionRef = fc.constant({ group: 'x.example', kind: 'Plugin', name: 'p' });
  const filter = fc.oneof(
    optional({ type: fc.constant('RequestHeaderModifier'), requestHeaderModifier: headerModifier }),
    optional({ type: fc.constant('ResponseHeaderModifier'), responseHeaderModifier: headerModifier }),
    optional({ type: fc.constant('RequestMirror'), requestMirror }),
    optional({ type: fc.constant('RequestRedirect'), requestRedirect }),
    optional({ type: fc.constant('URLRewrite'), urlRewrite: optional({}, { hostname, path: pathModifier }) }),
    optional({ type: fc.constant('CORS'), cors }),
    { weight: 1, arbitrary: optional({ type: fc.constant('ExtensionRef'), extensionRef }) },
  );
  return fc.uniqueArray(filter, { maxLength: 3, selector: ({ type }) => type });
}

const duration = fc.constantFrom(
  '0s',
  '1ms',
  '10s',
  '1h30m',
  '99999h',
  '99999h99999h99999h99999h',
  '24h1m1s1ms',
);

const timeouts = optional({}, { request: duration, backendRequest: duration });

const retry = optional(
  {},
  {
    codes: fc.uniqueArray(fc.integer({ min: 400, max: 599 }), { maxLength: 4 }),
    attempts: fc.constantFrom(0, 1, 5, 2_147_483_647, 4_294_967_295),
    backoff: duration,
  },
);

/** An object with all of `always` and any of `maybe`. */
function optional<A extends object, M extends object = object>(
  always: { [K in keyof A]: fc.Arbitrary<A[K]> },
  maybe?: { [K in keyof M]: fc.Arbitrary<M[K]> },
): fc.Arbitrary<A & Partial<M>> {
  const required = fc.record(always);
  if (maybe === undefined) return required as fc.Arbitrary<A & Partial<M>>;
  return fc
    .tuple(required, fc.record(maybe, { requiredKeys: [] }))
    .map(([a, m]) => Object.assign(a, m) as A & Partial<M>);
}
