import { expect, test } from 'vitest';
import { decodeRow } from '../decode.ts';
import { gatewayKind } from './gateway.ts';

test('a Gateway is a unit, and so is the hostname of each HTTP and HTTPS listener', () => {
  const row = rowOf([
    { name: 'a', port: 80, protocol: 'HTTP' },
    {
      name: 'b',
      port: 443,
      protocol: 'HTTPS',
      hostname: '*.example.com',
      tls: { certificateRefs: [{ name: 'x' }] },
    },
    { name: 'c', port: 53, protocol: 'UDP' },
  ]);
  expect(row.units).toEqual([
    'AttachedPolicies/infra/web/Gateway/infra/web',
    'EffectiveListeners/infra/web',
    'Gateway/infra/web',
    'Infrastructure/infra/web',
  ]);
});

test('a Gateway leads to its class, to its policies and to the Service of its proxies', () => {
  const row = rowOf([{ name: 'a', port: 80, protocol: 'HTTP' }]);
  expect(row.follow).toEqual([
    '@PoliciesNaming/Gateway/infra/web',
    '@PoliciesSelecting/Gateway/*/',
    '@PoliciesSelecting/Gateway/infra/',
    'GatewayClass//sluice',
    'Service/infra/web-sluice',
  ]);
});

const https = { name: 'a', port: 443, protocol: 'HTTPS' };
const refs = [{ name: 'x' }];

const unreadable: readonly [string, object[], string][] = [
  ['no listener', [], 'spec.listeners: must hold at least 1 item'],
  [
    'Terminate without a certificate',
    [{ ...https, tls: {} }],
    'spec.listeners[0].tls.certificateRefs: must not be empty when mode is Terminate',
  ],
  [
    'HTTPS with Passthrough',
    [{ ...https, tls: { mode: 'Passthrough' } }],
    'spec.listeners[0].tls.mode: must be Terminate for protocol HTTPS',
  ],
  [
    'HTTP with tls',
    [{ name: 'a', port: 80, protocol: 'HTTP', tls: { certificateRefs: refs } }],
    'spec.listeners[0].tls: must not be given for protocol HTTP',
  ],
  [
    'TCP with a hostname',
    [{ name: 'a', port: 80, protocol: 'TCP', hostname: 'a.b' }],
    'spec.listeners[0].hostname: must not be given for protocol TCP',
  ],
  [
    'two listeners of one name',
    [80, 81].map((port) => ({ name: 'a', port, protocol: 'HTTP' })),
    'spec.listeners[1].name: must be unique: item 0 has it already',
  ],
  [
    'a port as text',
    [{ name: 'a', port: '80', protocol: 'HTTP' }],
    'spec.listeners[0].port: must be a number, not a string',
  ],
  ['port 0', [{ name: 'a', port: 0, protocol: 'HTTP' }], 'spec.listeners[0].port: must be at least 1'],
];

test.each(unreadable)('%s cannot be read, and the problem has the field path', (_what, listeners, line) => {
  const parsed = parse(listeners);
  expect(parsed.kind).toBe('row');
  expect((parsed.problems ?? []).map(({ path, message }) => `${path}: ${message}`)).toContain(line);
});

test('a listener that cannot be read says so itself, and the others are read', () => {
  const [bare, http] = decodeRow(
    'Gateway',
    rowOf([
      { name: 'bare', port: 443, protocol: 'HTTP', tls: { certificateRefs: [{ name: 'a' }] } },
      { name: 'http', port: 80, protocol: 'HTTP' },
    ]).bytes,
  ).spec.listeners;
  expect(bare?.unreadable).toEqual([{ path: 'tls', message: 'must not be given for protocol HTTP' }]);
  expect(http).toMatchObject({ name: 'http', port: 80 });
  expect(http?.unreadable).toBeUndefined();
});

test('what cannot be read of a listener lets nothing in', () => {
  const allowedRoutes = { namespaces: { from: 'Everywhere' } };
  const row = decodeRow('Gateway', rowOf([{ name: 'a', port: 80, protocol: 'HTTP', allowedRoutes }]).bytes);
  expect(row.spec.listeners[0]?.allowedRoutes.namespaces.from).toBe('None');
});

test('HTTPS without tls is for translation to judge', () => {
  expect(parse([https, { ...https, name: 'b', port: 80, protocol: 'TLS' }]).kind).toBe('row');
});

test('a namespace selector may have expressions alone', () => {
  const selector = { matchExpressions: [{ key: 'team', operator: 'Exists' }] };
  const allowedRoutes = { namespaces: { from: 'Selector', selector } };
  expect(parse([{ name: 'a', port: 80, protocol: 'HTTP', allowedRoutes }]).kind).toBe('row');
});

test('options may stand for certificates, and are not kept', () => {
  const row = rowOf([{ ...https, tls: { options: { 'example.com/certificate': 'a' } } }]);
  expect(Buffer.from(row.bytes).toString()).not.toContain('example.com/certificate');
});

function parse(listeners: object[], spec: object = {}) {
  const metadata = { name: 'web', namespace: 'infra' };
  return gatewayKind.parse({ metadata, spec: { gatewayClassName: 'sluice', listeners, ...spec } });
}

function rowOf(listeners: object[], spec: object = {}) {
  const parsed = parse(listeners, spec);
  if (parsed.kind !== 'row') throw new Error(JSON.stringify(parsed.problems));
  return parsed.row;
}
