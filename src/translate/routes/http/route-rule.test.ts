import { expect, test } from 'vitest';
import {
  backend,
  httpRoute,
  prefix,
  referenceGrant,
  service,
} from '../../../../test/rig/objects/manifests.ts';
import { MemoryReader } from '../../../../test/rig/pipeline/memory-reader.ts';
import type { ForwardIR } from '../../ir.ts';
import { translateHTTPRules, type RuleResult } from './route-rule.ts';

test('a backendRef becomes the cluster of its Service and port', () => {
  const { rule, problems } = translate({ backendRefs: [backend('app', { weight: 3 })] });
  expect(problems).toEqual([]);
  expect(forward(rule)).toMatchObject({ backends: [{ cluster: 'default/app/80/http1', weight: 3 }] });
});

test.each([
  [{ name: 'missing', port: 80 }, 'BackendNotFound', 'name'],
  [{ name: 'app', port: 81 }, 'BackendNotFound', 'port'],
  [{ name: 'app', kind: 'Deployment', group: 'apps', port: 80 }, 'InvalidKind', 'kind'],
  [{ name: 'app', namespace: 'other', port: 80 }, 'RefNotPermitted', 'namespace'],
  [{ name: 'external', port: 80 }, 'UnsupportedProtocol', 'name'],
  [{ name: 'tls', port: 80 }, 'UnsupportedProtocol', 'port'],
  [{ name: 'udp', port: 80 }, 'BackendNotFound', 'port'],
])('backendRef %j is invalid with reason %s and keeps its weight', (ref, reason, field) => {
  const { rule, problems } = translate({ backendRefs: [backend(), { ...ref, weight: 9 }] });
  expect(problems).toMatchObject([
    { condition: 'ResolvedRefs', reason, path: `rules[0].backendRefs[1].${field}` },
  ]);
  expect(forward(rule).backends.map(({ cluster, weight }) => [cluster, weight])).toEqual([
    ['default/app/80/http1', 1],
    [undefined, 9],
  ]);
});

test('a ReferenceGrant permits a backend of another namespace, and only what it names', () => {
  const from = { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'default' };
  const to = { group: '', kind: 'Service', name: 'app' };
  const rule = { backendRefs: [{ name: 'app', namespace: 'other', port: 80 }] };
  const other = service('app', { namespace: 'other' });
  const problemsWith = (grant: object) =>
    translate(rule, [other, grant]).problems.map((problem) => problem.reason);
  expect(problemsWith(referenceGrant(from, to, 'other'))).toEqual([]);
  expect(problemsWith(referenceGrant(from, { group: '', kind: 'Service' }, 'other'))).toEqual([]);
  expect(problemsWith(referenceGrant({ ...from, namespace: 'x' }, to, 'other'))).toEqual(['RefNotPermitted']);
  expect(problemsWith(referenceGrant({ ...from, kind: 'GRPCRoute' }, to, 'other'))).toEqual([
    'RefNotPermitted',
  ]);
  expect(problemsWith(referenceGrant({ ...from, group: '' }, to, 'other'))).toEqual(['RefNotPermitted']);
  expect(problemsWith(referenceGrant(from, { ...to, name: 'y' }, 'other'))).toEqual(['RefNotPermitted']);
  expect(problemsWith(referenceGrant(from, { ...to, kind: 'Secret' }, 'other'))).toEqual(['RefNotPermitted']);
  expect(problemsWith(referenceGrant(from, to, 'default'))).toEqual(['RefNotPermitted']);
});

test.each([
  [undefined, 'http1'],
  ['http', 'http1'],
  ['kubernetes.io/ws', 'http1'],
  ['example.com/custom', 'http1'],
  ['kubernetes.io/h2c', 'http2'],
  ['grpc', 'http2'],
])('appProtocol %s speaks %s', (appProtocol, protocol) => {
  const port = appProtocol === undefined ? {} : { appProtocol };
  const { rule } = translate({ backendRefs: [backend('p')] }, [service('p', { port })]);
  expect(forward(rule).backends[0]?.cluster).toBe(`default/p/80/${protocol}`);
});

test.each([
  ['no backendRefs', []],
  ['only invalid ones', [backend('missing')]],
  ['only weights of 0', [backend('app', { weight: 0 })]],
])('a rule with %s answers with 500', (_, backendRefs) => {
  const { rule } = translate({ backendRefs });
  expect(rule?.branches.map((branch) => branch.action)).toEqual([{ kind: 'respond', status: 500 }]);
});

test('a rule with a value that Envoy would refuse is dropped whole, and the others are not', () => {
  const rows = translateAll([
    {
      matches: [prefix('/a'), { path: { type: 'RegularExpression', value: '/(?=x)' } }],
      backendRefs: [backend()],
    },
    { matches: [prefix('/b')], backendRefs: [backend()] },
  ]);
  expect(rows[0]).toMatchObject({
    rule: undefined,
    problems: [{ condition: 'Accepted', reason: 'UnsupportedValue', path: 'rules[0].matches[1].path.value' }],
  });
  expect(rows[1]?.rule?.matches).toHaveLength(1);
});

test('an extension filter that is unknown is not skipped: its requests get status 500', () => {
  const extensionRef = { group: 'example.com', kind: 'Thing', name: 'x' };
  const { rule, problems } = translate({
    filters: [{ type: 'ExtensionRef', extensionRef }],
    backendRefs: [backend()],
  });
  expect(rule?.branches.map((branch) => branch.action)).toEqual([{ kind: 'respond', status: 500 }]);
  expect(problems).toMatchObject([{ reason: 'InvalidKind', path: 'rules[0].filters[0].extensionRef' }]);
});

test('mirrors are kept with their share, and an invalid one is left out and reported', () => {
  const { rule, problems } = translate(
    {
      filters: [
        mirror({ backendRef: backend('m') }),
        mirror({ backendRef: backend('m'), percent: 5 }),
        mirror({ backendRef: backend('m'), fraction: { numerator: 1, denominator: 3 } }),
        mirror({ backendRef: backend('m'), percent: 0 }),
        mirror({ backendRef: backend('missing') }),
      ],
      backendRefs: [backend()],
    },
    [service('m')],
  );
  expect(forward(rule).mirrors).toEqual([
    { cluster: 'default/m/80/http1', fraction: 1_000_000 },
    { cluster: 'default/m/80/http1', fraction: 50_000 },
    { cluster: 'default/m/80/http1', fraction: 333_333 },
  ]);
  expect(problems).toMatchObject([
    { reason: 'BackendNotFound', path: 'rules[0].filters[4].requestMirror.backendRef.name' },
  ]);
});

test('header filters of a backendRef stay on a weighted cluster, after those of its rule', () => {
  const { rule } = translate({
    filters: [set('a', 'rule')],
    backendRefs: [backend('app', { filters: [set('b', 'backend')] }), backend()],
  });
  expect(rule?.branches).toHaveLength(1);
  expect(rule?.branches[0]?.requestHeaders.set).toEqual([]);
  expect(forward(rule).backends.map((entry) => entry.requestHeaders.set)).toEqual([
    [
      { name: 'a', value: 'rule' },
      { name: 'b', value: 'backend' },
    ],
    [{ name: 'a', value: 'rule' }],
  ]);
});

test('other filters of backendRefs split the rule, so that each backend has its own share and filters', () => {
  const rewrite = { type: 'URLRewrite', urlRewrite: { hostname: 'x.test' } };
  const redirect = { type: 'RequestRedirect', requestRedirect: { hostname: 'y.test' } };
  const { rule } = translate({
    backendRefs: [
      backend('app', { weight: 1, filters: [rewrite] }),
      backend('missing', { weight: 2 }),
      backend('app', { weight: 0, filters: [redirect] }),
      backend('app', { weight: 3, filters: [redirect] }),
      backend('app', { weight: 2 }),
    ],
  });
  expect(rule?.branches.map((branch) => [branch.cumulativeFraction, branch.action.kind])).toEqual([
    [125_000, 'forward'],
    [375_000, 'respond'],
    [750_000, 'redirect'],
    [undefined, 'forward'],
  ]);
  expect(forward(rule).hostRewrite).toMatchObject({ kind: 'literal', value: 'x.test' });
});

test('a retry of no attempts is none', () => {
  expect(forward(translate({ retry: { attempts: 0 }, backendRefs: [backend()] }).rule).retry).toBeUndefined();
});

function mirror(requestMirror: object): object {
  return { type: 'RequestMirror', requestMirror };
}

function set(name: string, value: string): object {
  return { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name, value }] } };
}

function translate(rule: object, others: readonly object[] = []): RuleResult {
  const [result] = translateAll([rule], others);
  if (result === undefined) throw new Error('no rule');
  return result;
}

function translateAll(rules: readonly object[], others: readonly object[] = []): RuleResult[] {
  const external = {
    ...service('external'),
    spec: { type: 'ExternalName', externalName: 'x.test', ports: [{ port: 80 }] },
  };
  const reader = new MemoryReader([
    service(),
    external,
    service('tls', { port: { appProtocol: 'https' } }),
    service('udp', { port: { protocol: 'UDP' } }),
    httpRoute(rules),
    ...others,
  ]);
  const row = reader.row('HTTPRoute', 'default', 'route');
  return row === undefined ? [] : translateHTTPRules(reader, 'default', row);
}

function forward(rule: RuleResult['rule']): ForwardIR {
  const action = rule?.branches[0]?.action;
  if (action?.kind !== 'forward') throw new Error(`not forwarded: ${JSON.stringify(rule)}`);
  return action;
}
