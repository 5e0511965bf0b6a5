import * as fc from 'fast-check';
import * as m from '../objects/manifests.ts';
import type {
  AccessPolicy,
  AccessSpec,
  AccessTarget,
  Authorization,
  PathTest,
  Provider,
  Rule,
  SecretName,
  Tokens,
} from './access-policy.ts';
import { gatewayNamespace, issuers, keySets, routeNames, routeNamespace } from './scenery.ts';

/** Makes policies for all routes of the scenery: some of its Gateway and ListenerSet, and up to three for each route. */
export function anyPolicies(): fc.Arbitrary<AccessPolicy[]> {
  const above = fc.array(policyOf(gatewayNamespace, fc.array(targetAbove, { minLength: 1, maxLength: 2 })), {
    maxLength: 4,
  });
  const ofRoutes = routeNames.map((name) =>
    fc.array(policyOf(routeNamespace, fc.array(targetOf(name), { minLength: 1, maxLength: 2 })), {
      maxLength: 3,
    }),
  );
  return fc
    .tuple(above, ...ofRoutes)
    .map((lists) =>
      lists.flatMap((policies, i) => policies.map((one, n) => written({ ...one, name: `p-${i}-${n}` }))),
    );
}

/** Leaves out fields without a value, as JSON does. */
function written(made: AccessPolicy): AccessPolicy {
  return JSON.parse(JSON.stringify(made)) as AccessPolicy;
}

/** Nothing is one in `freq`. */
const often = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 3 });
const seldom = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
/** One in so many is the second value. */
const rarely = <T>(n: number, usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>) =>
  fc.oneof({ weight: n, arbitrary: usual }, { weight: 1, arbitrary: rare });

const targetAbove: fc.Arbitrary<AccessTarget> = fc.constantFrom<AccessTarget>(
  { kind: 'Gateway', name: 'web' },
  { kind: 'Gateway', name: 'web', sectionName: 'a' },
  { kind: 'Gateway', name: 'web', sectionName: 'none' },
  { kind: 'ListenerSet', name: 'set' },
  { kind: 'ListenerSet', name: 'set', sectionName: 'c' },
  { kind: 'ListenerSet', name: 'other' },
);

function targetOf(name: string): fc.Arbitrary<AccessTarget> {
  return fc.constantFrom<AccessTarget>(
    { kind: 'HTTPRoute', name },
    { kind: 'HTTPRoute', name, isSelected: true },
    { kind: 'HTTPRoute', name, sectionName: 'in' },
    { kind: 'HTTPRoute', name, sectionName: 'rest' },
    { kind: 'HTTPRoute', name, sectionName: 'none' },
    { kind: 'HTTPRoute', name: `not-${name}` },
  );
}

function policyOf(
  namespace: string,
  targets: fc.Arbitrary<readonly AccessTarget[]>,
): fc.Arbitrary<AccessPolicy> {
  return fc.record({
    name: fc.constant('policy'),
    namespace: fc.constant(namespace),
    created: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', '2026-01-03T00:00:00Z'),
    targets,
    spec: namespace === gatewayNamespace ? rarely(15, spec, mergingSpec) : fc.oneof(spec, mergingSpec),
    fault: rarely<object | undefined>(10, fc.constant(undefined), fc.constantFrom(...faults)),
  });
}

/** Parts that replace those of a spec. None of them can be used. */
const faults: readonly object[] = [
  { oidc: {} },
  { newPart: { denies: 'more' } },
  { cors: { allowOrigins: 'none' } },
  { csrf: 1 },
  { basicAuth: {} },
  { apiKeyAuth: { credentialRefs: [{ name: 'keys' }], extractFrom: [] } },
  { jwt: { providers: [] } },
  { authorization: 'Deny' },
  { authorization: { rules: [{ action: 'Perhaps', principal: { clientCIDRs: ['0.0.0.0/0'] } }] } },
  { authorization: { rules: [{ action: 'Allow', principal: {} }] } },
  { authorization: { rules: [{ action: 'Allow', principal: { clientCIDRs: ['127.0.0.1'] } }] } },
  { mergeType: 'Replace' },
];

const secretName = (...names: readonly string[]) =>
  rarely<SecretName>(
    8,
    fc.constantFrom(...names).map((name) => ({ name })),
    fc.constantFrom(
      { name: 'none' },
      { name: 'plain' },
      { name: 'empty' },
      { name: 'twice' },
      { name: 'users', namespace: 'vault' },
      { name: 'keys', namespace: 'vault' },
    ),
  );

const apiKeyAuth = fc.record({
  credentialRefs: fc.array(secretName('keys', 'more'), { minLength: 1, maxLength: 2 }),
  extractFrom: fc
    .subarray(['headers', 'params', 'cookies'] as const, { minLength: 1 })
    .map((places) => places.map((place) => ({ [place]: [place === 'headers' ? 'X-Key' : 'key'] }))),
});

const keySet = rarely<Provider['localJWKS']>(
  8,
  fc.constantFrom(
    { inline: keySets.a },
    { inline: keySets.b },
    { type: 'ValueRef' as const, valueRef: { kind: 'ConfigMap', name: 'tokens' } },
  ),
  fc.constantFrom<Provider['localJWKS']>(
    { inline: 'none' },
    { type: 'ValueRef', valueRef: { kind: 'ConfigMap', name: 'no-keys' } },
    { type: 'ValueRef', valueRef: { kind: 'ConfigMap', name: 'none' } },
  ),
);

const provider = fc.record(
  {
    name: fc.constantFrom('one', 'two'),
    issuer: fc.constantFrom(issuers.a.issuer, issuers.b.issuer),
    audiences: fc.constantFrom(['shop', 'blog']),
    localJWKS: keySet,
    extractFrom: fc.constant({ headers: [{ name: 'X-Token' }] }),
  },
  { requiredKeys: ['name', 'localJWKS', 'extractFrom'] },
);

const jwt: fc.Arbitrary<Tokens> = fc
  .record({
    passing: rarely<Omit<Tokens, 'providers'>>(
      20,
      fc.constantFrom<Omit<Tokens, 'providers'>>(
        {},
        {},
        { optional: true },
        { optional: false },
        { failOpen: true },
      ),
      fc.constant({ optional: true, failOpen: true }),
    ),
    providers: fc.uniqueArray(provider, { selector: ({ name }) => name, minLength: 1, maxLength: 2 }),
  })
  .map(({ passing, providers }) => ({ ...passing, providers }));

const rule = (hasTokens: boolean): fc.Arbitrary<Rule> =>
  fc.record(
    {
      action: fc.constantFrom('Allow', 'Allow', 'Deny'),
      principal: fc
        .record({
          clientCIDRs: often(
            fc.constantFrom(
              ['127.0.0.0/8'],
              ['10.0.0.0/8', '127.0.0.2/32'],
              ['127.0.0.0/30'],
              ['2001:db8::/32'],
              ['0.0.0.0/0', '::/0'],
            ),
          ),
          headers: seldom(
            fc.subarray(
              [
                { name: 'X-Team', values: ['red', 'blue'] },
                { name: 'x-role', values: ['admin'] },
              ],
              { minLength: 1 },
            ),
          ),
          jwt: hasTokens ? seldom(ofTokens) : fc.constant(undefined),
        })
        .map((asked): Rule['principal'] =>
          Object.values(asked).some((part) => part !== undefined) ? asked : { clientCIDRs: ['127.0.0.2/32'] },
        ),
      operation: fc
        .record({ methods: seldom(fc.constantFrom(['GET'], ['POST', 'PUT'])), path: seldom(path) })
        .filter(({ methods, path: of }) => methods !== undefined || of !== undefined),
    },
    { requiredKeys: ['action', 'principal'] },
  );

const ofTokens = fc
  .record({
    provider: rarely(20, fc.constantFrom('one', 'two'), fc.constant('three')),
    scopes: seldom(fc.constantFrom(['read'], ['read', 'write'])),
    claims: seldom(
      fc.subarray(
        [
          { name: 'org.team', values: ['red'] },
          { name: 'roles', valueType: 'StringArray' as const, values: ['admin', 'root'] },
        ],
        { minLength: 1 },
      ),
    ),
  })
  .map((asked) => ((asked.scopes ?? asked.claims) === undefined ? { ...asked, scopes: ['read'] } : asked));

const plainPath = fc.record(
  {
    type: fc.constantFrom('Exact' as const, 'PathPrefix' as const),
    value: fc.constantFrom('/', '/in', '/in/', '/in/side'),
    invert: fc.boolean(),
  },
  { requiredKeys: ['value'] },
);
const pattern = rarely(15, fc.constantFrom('/in/[a-z]+', '/(in|out)?'), fc.constant('(')).map((value) => ({
  type: 'RegularExpression' as const,
  value,
}));
const path = rarely<PathTest>(3, plainPath, pattern);

const authorization = (hasTokens: boolean): fc.Arbitrary<Authorization> =>
  fc.record(
    {
      rules: fc.array(rule(hasTokens), { maxLength: 3 }),
      defaultAction: fc.constantFrom('Allow', 'Deny'),
    },
    { requiredKeys: [] },
  );

const noServer = { grpc: { backendRefs: [m.backend('none')] } };

/** Rules about tokens come with providers, but for a few. */
const spec: fc.Arbitrary<AccessSpec> = seldom(jwt).chain((tokens) =>
  fc.record({
    basicAuth: seldom(secretName('users').map((users) => ({ users }))),
    apiKeyAuth: seldom(apiKeyAuth),
    jwt: fc.constant(tokens),
    extAuth: rarely<AccessSpec['extAuth']>(
      20,
      fc.constant(undefined),
      fc.constantFrom({ ...noServer, failOpen: true }, { ...noServer }),
    ),
    authorization: often(rarely(30, authorization(tokens !== undefined), authorization(true))),
  }),
);

const mergingSpec: fc.Arbitrary<AccessSpec> = fc
  .tuple(spec, fc.constantFrom('JSONMerge' as const, 'StrategicMerge' as const))
  .map(([made, mergeType]) => ({ ...made, mergeType }));
