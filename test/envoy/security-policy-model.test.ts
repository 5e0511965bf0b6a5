import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Request } from '../rig/envoy/http-client.ts';
import { EnvoyRig, toService } from '../rig/envoy/envoy-rig.ts';
import { TokenIssuer } from '../rig/envoy/token-issuer.ts';
import { policy } from '../rig/objects/manifests.ts';
import { secret } from '../rig/pipeline/security-policy.ts';

/** A set of policies costs about half a second. */
const runs = Number(process.env['SECURITY_RUNS'] ?? 25);

let rig: EnvoyRig;
const issuer = new TokenIssuer('https://issuer.test');
const stranger = new TokenIssuer('https://issuer.test');
const routes = ['one', 'two', 'three'] as const;

beforeAll(async () => {
  rig = await EnvoyRig.start();
  await rig.backend('app');
  rig.apply([
    secret('users', { '.htpasswd': users('ann') }),
    secret('others', { '.htpasswd': users('bob') }),
    secret('broken', { '.htpasswd': 'ann:plain' }),
    secret('keys', { ann: 'key-of-ann' }),
  ]);
  for (const name of routes) await rig.serve(name, [toService('app')]);
});

afterAll(() => rig.close());

function users(name: string): string {
  return `${name}:{SHA}${createHash('sha1').update(name).digest('base64')}`;
}

interface Rule {
  readonly action: 'Allow' | 'Deny';
  readonly principal: {
    readonly headers?: readonly { readonly name: string; readonly values: readonly string[] }[];
    readonly clientCIDRs?: readonly string[];
    readonly jwt?: { readonly provider: string; readonly scopes: readonly string[] };
  };
  readonly operation?: { readonly methods?: readonly string[]; readonly path?: { readonly value: string } };
}

interface Spec {
  readonly mergeType?: 'JSONMerge' | 'StrategicMerge' | undefined;
  readonly basicAuth?: { readonly users: { readonly name: string } } | undefined;
  readonly apiKeyAuth?: { readonly credentialRefs: readonly { readonly name: string }[] } | undefined;
  readonly jwt?: { readonly optional?: boolean; readonly failOpen?: boolean } | undefined;
  readonly authorization?: { readonly rules?: readonly Rule[]; readonly defaultAction?: string } | undefined;
  readonly oidc?: object | undefined;
}

const seldom = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 1 });

const rule: fc.Arbitrary<Rule> = fc.record(
  {
    action: fc.constantFrom('Allow', 'Allow', 'Deny'),
    principal: fc.constantFrom<Rule['principal']>(
      { headers: [{ name: 'x-team', values: ['a', 'b'] }] },
      { clientCIDRs: ['127.0.0.0/8'] },
      { clientCIDRs: ['10.0.0.0/8'] },
      { clientCIDRs: ['127.0.0.0/8'], headers: [{ name: 'x-team', values: ['a'] }] },
      { jwt: { provider: 'p', scopes: ['read'] } },
    ),
    operation: fc.constantFrom({ methods: ['GET'] }, { path: { value: '/in' } }),
  },
  { requiredKeys: ['action', 'principal'] },
);

const spec: fc.Arbitrary<Spec> = fc
  .record({
    basicAuth: seldom(
      fc.constantFrom('users', 'users', 'others', 'broken', 'none').map((name) => ({ users: { name } })),
    ),
    apiKeyAuth: seldom(
      fc.constantFrom('keys', 'keys', 'none').map((name) => ({
        credentialRefs: [{ name }],
        extractFrom: [{ headers: ['x-key'] }],
      })),
    ),
    jwt: seldom(
      fc.constantFrom({}, { optional: true }, { failOpen: true }).map((more) => ({
        ...more,
        providers: [
          {
            name: 'p',
            localJWKS: { inline: issuer.keySet },
            extractFrom: { headers: [{ name: 'x-token' }] },
          },
        ],
      })),
    ),
    authorization: seldom(
      fc.record(
        { rules: fc.array(rule, { maxLength: 3 }), defaultAction: fc.constantFrom('Allow', 'Deny') },
        { requiredKeys: [] },
      ),
    ),
    oidc: fc.constantFrom(...Array<undefined>(12).fill(undefined), {}),
  })
  .map((made) => (made.jwt === undefined ? withoutTokens(made) : made));

/** The API refuses rules about tokens that nothing verifies. */
function withoutTokens(made: Spec): Spec {
  const { authorization } = made;
  if (authorization?.rules === undefined) return made;
  const rules = authorization.rules.filter(({ principal }) => principal.jwt === undefined);
  return { ...made, authorization: { ...authorization, rules } };
}

const policies = fc.record({
  gateway: seldom(spec),
  of: fc.tuple(
    ...routes.map(() =>
      fc.option(
        fc
          .tuple(spec, fc.constantFrom(undefined, 'JSONMerge' as const, 'StrategicMerge' as const))
          .map(([own, mergeType]) => ({ ...own, mergeType })),
        { nil: undefined },
      ),
    ),
  ),
});

interface Visitor {
  readonly user: 'ann' | 'bob' | 'eve' | undefined;
  readonly key: string | undefined;
  readonly token: 'none' | 'good' | 'reader' | 'bad';
  readonly team: string | undefined;
  readonly method: 'GET' | 'POST';
  readonly path: string;
}

const visitor: fc.Arbitrary<Visitor> = fc.record({
  user: fc.constantFrom('ann' as const, 'ann' as const, 'bob' as const, 'eve' as const, undefined),
  key: fc.constantFrom('key-of-ann', 'key-of-ann', 'ann', undefined),
  token: fc.constantFrom('none', 'good', 'reader', 'reader', 'bad'),
  team: fc.constantFrom('a', 'b', 'c', undefined),
  method: fc.constantFrom('GET', 'POST'),
  path: fc.constantFrom('/', '/in', '/in/side?x', '/inside'),
});

function request({ user, key, token, team, method, path }: Visitor): Request {
  const tokens = {
    none: undefined,
    good: issuer.token(),
    reader: issuer.token({ scope: 'write read' }),
    bad: stranger.token({ scope: 'read' }),
  };
  const headers = {
    authorization: user && `Basic ${Buffer.from(`${user}:${user}`).toString('base64')}`,
    'x-key': key,
    'x-token': tokens[token],
    'x-team': team,
  };
  const given = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { method, path, headers: Object.fromEntries(given) };
}

/** Says who may come in, without any of the code under test. */
function mayPass(asked: Spec, of: Visitor): boolean {
  if (asked.oidc !== undefined) return false;
  if (asked.basicAuth !== undefined) {
    const known: Readonly<Record<string, string>> = { users: 'ann', others: 'bob' };
    const name = known[asked.basicAuth.users.name];
    if (name === undefined || name !== of.user) return false;
  }
  if (asked.apiKeyAuth !== undefined) {
    if (asked.apiKeyAuth.credentialRefs[0]?.name !== 'keys' || of.key !== 'key-of-ann') return false;
  }
  if (asked.jwt !== undefined) {
    const { optional = false, failOpen = false } = asked.jwt;
    if (of.token === 'bad' && !failOpen) return false;
    if (of.token === 'none' && !failOpen && !optional) return false;
  }
  if (asked.authorization === undefined) return true;
  const { rules = [], defaultAction = 'Deny' } = asked.authorization;
  const first = rules.find((one) => matches(one, of, asked.jwt !== undefined));
  return (first?.action ?? defaultAction) === 'Allow';
}

function matches({ principal, operation }: Rule, of: Visitor, verifies: boolean): boolean {
  const { headers = [], clientCIDRs, jwt } = principal;
  if (clientCIDRs !== undefined && !clientCIDRs.includes('127.0.0.0/8')) return false;
  if (headers.some(({ values }) => of.team === undefined || !values.includes(of.team))) return false;
  if (jwt !== undefined && !(verifies && of.token === 'reader')) return false;
  if (operation?.methods !== undefined && !operation.methods.includes(of.method)) return false;
  return operation?.path === undefined || of.path === '/in' || of.path.startsWith('/in/');
}

/** The spec in force: a merge joins fields of parts, and takes what a policy gives. */
function inForce(own: Spec | undefined, above: Spec | undefined): Spec {
  if (own === undefined) return above ?? {};
  if (own.mergeType === undefined || above === undefined) return own;
  const part = <K extends 'basicAuth' | 'apiKeyAuth' | 'jwt' | 'authorization'>(name: K): Spec[K] =>
    own[name] === undefined ? above[name] : { ...above[name], ...own[name] };
  return {
    basicAuth: part('basicAuth'),
    apiKeyAuth: part('apiKeyAuth'),
    jwt: part('jwt'),
    authorization: part('authorization'),
    oidc: own.oidc ?? above.oidc,
  };
}

test(
  'whatever policies routes have, a request comes in exactly when a model of them says so',
  { timeout: 60_000 + runs * 10_000 },
  async () => {
    let served = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        policies,
        fc.array(visitor, { minLength: 12, maxLength: 12 }),
        async (all, visitors) => {
          const targets = [
            { name: 'gateway', target: { kind: 'Gateway', name: 'web' }, asked: all.gateway },
            ...routes.map((name, i) => ({ name, target: { kind: 'HTTPRoute', name }, asked: all.of[i] })),
          ];
          const made = targets.map(({ name, target, asked }) => ({
            manifest: policy('SecurityPolicy', { targetRefs: [target], ...asked }, { name }),
            isThere: asked !== undefined,
          }));
          const there = made.filter(({ isThere }) => isThere).map(({ manifest }) => manifest);
          const absent = made.filter(({ isThere }) => !isThere).map(({ manifest }) => manifest);
          rig.apply(there, absent);
          await rig.settled();
          for (const [i, name] of routes.entries()) {
            const asked = inForce(all.of[i], all.gateway);
            for (const of of visitors) {
              const { status } = await rig.send(name, request(of));
              const may = mayPass(asked, of);
              if (may) served++;
              else refused++;
              expect([name, of, status === 200]).toEqual([name, of, may]);
            }
          }
        },
      ),
      { numRuns: runs, endOnFailure: true },
    );
    expect(served).toBeGreaterThan(runs);
    expect(refused).toBeGreaterThan(runs);
  },
);
