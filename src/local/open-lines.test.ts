import { expect, test } from 'vitest';
import { must } from '../lib/assert.ts';
import { decodeRow } from '../kinds/decode.ts';
import { parseObject } from '../kinds/door.ts';
import type { HTTPRouteRow } from '../kinds/gateway-api/http-route.ts';
import type { Row } from '../kinds/row.ts';
import { openLines, portsOf } from './open-lines.ts';

function row(kind: string, name: string, spec: object): Row {
  const apiVersion = 'gateway.networking.k8s.io/v1';
  const parsed = parseObject({ apiVersion, kind, metadata: { namespace: 'default', name }, spec });
  if (parsed.kind !== 'row') throw new Error(JSON.stringify(parsed));
  return parsed.row;
}

function lines(listeners: object[], ...routes: object[]): readonly string[] {
  const gateway = row('Gateway', 'web', { gatewayClassName: 'sluice', listeners });
  const routeRows = routes.map((spec, i) => row('HTTPRoute', `r${i}`, spec));
  const decoded = new Map(
    routeRows.map(({ key, bytes }): [Row['key'], HTTPRouteRow] => [key, decodeRow('HTTPRoute', bytes)]),
  );
  return openLines(gateway.key, decodeRow('Gateway', gateway.bytes), decoded);
}

const http = { name: 'http', protocol: 'HTTP', port: 8080 };
const rules = [{ backendRefs: [{ name: 'blue', port: 80 }] }];
const parentRefs = [{ name: 'web' }];

test('a route for any host is one to open', () => {
  expect(lines([http], { parentRefs, rules })).toEqual(['Open http://127.0.0.1:8080/']);
});

test('a hostname is one for curl, a wildcard one of its names', () => {
  expect(lines([http], { parentRefs, rules, hostnames: ['a.example.com', '*.example.org'] })).toEqual([
    "curl -H 'Host: a.example.com' http://127.0.0.1:8080/",
    "curl -H 'Host: www.example.org' http://127.0.0.1:8080/",
  ]);
});

test("a listener's own hostname counts, and TLS names the host for the handshake too", () => {
  const tls = { certificateRefs: [{ name: 'c' }] };
  expect(lines([{ ...http, protocol: 'HTTPS', port: 8443, hostname: 'a.example.com', tls }])).toEqual([
    'curl -k --resolve a.example.com:8443:127.0.0.1 https://a.example.com:8443/',
  ]);
});

test("another Gateway's routes are none of it", () => {
  const other = { parentRefs: [{ name: 'other' }], rules, hostnames: ['a.example.com'] };
  const elsewhere = { parentRefs: [{ name: 'web', namespace: 'x' }], rules, hostnames: ['b.example.com'] };
  expect(lines([http], other, elsewhere, { parentRefs, rules })).toEqual(['Open http://127.0.0.1:8080/']);
});

test('a route is asked for where it answers: its listener, a hostname of both, a path that it matches', () => {
  const of = (spec: object) =>
    lines(
      [
        { ...http, hostname: '*.example.com' },
        { ...http, name: 'b', port: 81 },
      ],
      { parentRefs, rules, ...spec },
    );
  const shop = [{ ...rules[0], matches: [{ path: { type: 'PathPrefix', value: '/shop' } }] }];
  expect(of({ parentRefs: [{ name: 'web', sectionName: 'b' }], rules: shop })).toEqual([
    "curl -H 'Host: www.example.com' http://127.0.0.1:8080/",
    'Open http://127.0.0.1:81/shop',
  ]);
  expect(of({ hostnames: ['a.example.com', 'a.example.org'], rules: shop })).toEqual([
    "curl -H 'Host: a.example.com' http://127.0.0.1:8080/shop",
    "curl -H 'Host: a.example.com' http://127.0.0.1:81/shop",
    "curl -H 'Host: a.example.org' http://127.0.0.1:81/shop",
  ]);
  const post = [{ ...rules[0], matches: [{ method: 'POST' }, { headers: [{ name: 'a', value: 'b' }] }] }];
  expect(of({ rules: post })).toEqual([]);
});

test('ports are named once', () => {
  const listeners = [
    { ...http, name: 'a', hostname: 'a.example.com' },
    { ...http, name: 'b', hostname: 'b.example.com' },
  ];
  const { bytes } = row('Gateway', 'web', { gatewayClassName: 'sluice', listeners });
  expect(portsOf(must(decodeRow('Gateway', bytes), 'row'))).toEqual([8080]);
});
