import { expect, test } from 'vitest';
import { decodeRow } from '../decode.ts';
import { backendObjectKind } from './backend.ts';

function parsed(spec: object) {
  const found = backendObjectKind.parse({
    apiVersion: 'gateway.envoyproxy.io/v1alpha1',
    kind: 'Backend',
    metadata: { name: 'a', namespace: 'n', generation: 2 },
    spec,
  });
  if (found.kind !== 'row') throw new Error('not a row');
  const facts = found.row.indexes.map((key) => key.replace('@BackendThat/n/a/', ''));
  return { ...found, facts, read: decodeRow('Backend', found.row.bytes).spec };
}

const ip = { ip: { address: '10.0.0.1', port: 80 } };
const name = { fqdn: { hostname: 'a.example.com', port: 443 } };

test('endpoints of all forms are read, and facts follow from them', () => {
  const unix = { unix: { path: '/run/a.sock' }, hostname: 'a.test' };
  const found = parsed({ endpoints: [{ ...ip, zone: 'one' }, unix], fallback: true });
  expect(found.problems).toEqual([]);
  expect(found.read.endpoints).toEqual([{ ...ip, zone: 'one' }, unix]);
  expect(found.facts).toEqual(['exists', 'fallback', 'unix']);
  expect(parsed({ endpoints: [name] }).facts).toEqual(['exists', 'names']);
});

test.each<[object, string[]]>([
  [{ appProtocols: ['gateway.envoyproxy.io/h2c'] }, ['http2']],
  [{ appProtocols: ['gateway.envoyproxy.io/wss'] }, ['wss']],
  [{ tls: { insecureSkipVerify: true } }, ['requestName', 'tls']],
  [{ tls: { sni: 'a.test', alpnProtocols: ['h2'] } }, ['http2', 'tls']],
  [{ endpoints: [{ ip: { address: '127.0.0.1', port: 80 } }] }, ['loopback']],
  [{ endpoints: [{ ip: { address: '::ffff:127.0.0.1', port: 80 } }] }, ['loopback']],
  [{ endpoints: [{ fqdn: { hostname: 'a.localhost.', port: 80 } }] }, ['loopback', 'names']],
])('%j gives facts', (fields, facts) => {
  expect(parsed({ endpoints: [ip], ...fields }).facts).toEqual(['exists', ...facts].sort());
});

test.each<[string, object, string]>([
  ['no endpoint', { endpoints: [] }, 'spec.endpoints'],
  ['two forms of one endpoint', { endpoints: [{ ...ip, ...name }] }, 'spec.endpoints[0].ip'],
  ['names beside addresses', { endpoints: [ip, name] }, 'spec.endpoints'],
  [
    'a link-local address',
    { endpoints: [ip, { ip: { address: '169.254.169.254', port: 80 } }] },
    'spec.endpoints[1].ip.address',
  ],
  [
    'an address that only resolvers read as one',
    { endpoints: [{ fqdn: { hostname: '127.1', port: 80 } }] },
    'spec.endpoints[0].fqdn.hostname',
  ],
  [
    'a number that resolvers read as an address',
    { endpoints: [{ fqdn: { hostname: '0x7f000001', port: 80 } }] },
    'spec.endpoints[0].fqdn.hostname',
  ],
  ['a relative path', { endpoints: [{ unix: { path: 'a.sock' } }] }, 'spec.endpoints[0].unix.path'],
  ['another type', { endpoints: [ip], type: 'DynamicResolver' }, 'spec.type'],
  ['a protocol of a later release', { endpoints: [ip], appProtocols: ['next'] }, 'spec.appProtocols[0]'],
  [
    'names of endpoints that have none',
    { endpoints: [ip], tls: { autoSNIFromEndpointHostname: true } },
    'spec.endpoints',
  ],
  [
    'two sources of trust',
    { endpoints: [ip], tls: { insecureSkipVerify: true, wellKnownCACertificates: 'System' } },
    'spec.tls.insecureSkipVerify',
  ],
])('with %s it is closed, and the problem names the field', (_, spec, path) => {
  const found = parsed(spec);
  expect((found.problems ?? []).map((problem) => problem.path)).toContain(path);
  expect(found.facts).toContain('closed');
});

test('a field that Sluice does not know is named', () => {
  expect(decodeRow('Backend', parsed({ endpoints: [ip], later: { a: 1 } }).row.bytes).leftOut).toEqual([
    'spec.later',
  ]);
});
