import { afterAll, beforeAll, expect, test } from 'vitest';
import { authorizationProblems } from '../../src/translate/policies/security/authorization.ts';
import { accepted } from '../rig/envoy/cel-expressions.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';
import { TokenIssuer } from '../rig/envoy/token-issuer.ts';
import { backend, policy } from '../rig/objects/manifests.ts';

let rig: EnvoyRig;
const ann = new TokenIssuer('https://ann.test');

beforeAll(async () => {
  rig = await EnvoyRig.start();
  await rig.backend('app');
});

afterAll(() => rig.close());

async function serve(name: string, rules: readonly object[], more: object = {}): Promise<void> {
  const targetRefs = [{ kind: 'HTTPRoute', name }];
  rig.apply([policy('SecurityPolicy', { targetRefs, authorization: { rules }, ...more }, { name })]);
  await rig.serve(name, [{ backendRefs: [backend('app')] }]);
}

const taken = accepted.filter((cel) => problemsOf(cel).length === 0);

function problemsOf(cel: string) {
  return authorizationProblems('default', {
    authorization: { rules: [{ action: 'Allow', cel }] },
  });
}

test('Envoy takes each expression that translation takes', async () => {
  expect(taken.length).toBeGreaterThan(8);
  await serve(
    'all',
    taken.map((cel) => ({ action: 'Allow', cel })),
  );
  expect(await rig.answers('all', ['/'])).toEqual(['app']);
});

const a = { headers: { 'x-a': 'a' } };
const b = { headers: { 'x-a': 'b' } };

test.each<[string, object[], (number | string)[]]>([
  ['an expression', [{ action: 'Allow', cel: "request.headers['x-a'] == 'a'" }], [403, 'app', 403]],
  [
    'parentheses, quotes and a colon',
    [{ action: 'Allow', cel: `(request.headers['x-a'].matches("^(a|:1)$")) // ):1` }],
    [403, 'app', 403],
  ],
  ['a result that is no truth', [{ action: 'Allow', cel: 'request.path' }], [403, 403, 403]],
  [
    'a denial, and what it does not match',
    [
      { action: 'Deny', cel: "request.headers['x-a'] == 'a'" },
      { action: 'Allow', cel: "request.method == 'GET'" },
    ],
    ['app', 403, 'app'],
  ],
  [
    'conditions that must hold beside it',
    [
      {
        action: 'Allow',
        cel: "'x-a' in request.headers",
        principal: { headers: [{ name: 'x-a', values: ['b'] }] },
      },
    ],
    [403, 403, 'app'],
  ],
])('%s decides', async (title, rules, wanted) => {
  const name = title.replaceAll(/[^a-z]/g, '');
  await serve(name, rules);
  expect(await rig.answers(name, ['/', a, b])).toEqual(wanted);
});

test('an expression reads the claims of a token', async () => {
  const providers = [{ name: 'p', issuer: ann.issuer, localJWKS: { inline: ann.keySet } }];
  const cel = "metadata.filter_metadata['envoy.filters.http.jwt_authn'].p.team == 'a'";
  await serve('claims', [{ action: 'Allow', cel }], { jwt: { providers } });
  const tokens = [{ team: 'a' }, { team: 'b' }, {}].map((claims) => ({ headers: ann.headers(claims) }));
  expect(await rig.answers('claims', tokens)).toEqual(['app', 403, 403]);
});
