import { expect, test } from 'vitest';
import { must } from '../../lib/assert.ts';
import * as m from '../../../test/rig/objects/manifests.ts';
import { MemoryReader } from '../../../test/rig/pipeline/memory-reader.ts';
import type { OurGateway } from '../attach/ownership.ts';
import { gatewayParameters } from '../gateways/parameters.ts';
import { accessLogs, type AccessLogResult } from './access-log.ts';

const json = { kind: 'json', fields: expect.arrayContaining([['method', '%REQ(:METHOD)%']]) as unknown };
const byDefault = { kind: 'file', path: '/dev/stdout', format: json };
const file = { type: 'File', file: { path: '/var/log/a' } };
const none = { route: [], listener: [], upstream: [] };

test('a proxy that Sluice runs writes JSON to its standard output unless told otherwise', () => {
  const logs = { ...none, route: [{ sink: byDefault, matches: [], isOfUnmatched: false }] };
  expect(of(undefined, true).logs).toEqual(logs);
  expect(of({}, true).logs).toEqual(logs);
  expect(of({ disable: true, settings: [{ sinks: [file] }] }, true).logs).toEqual(none);
});

test('a proxy that others run logs only when asked to', () => {
  expect(of(undefined, false).logs).toEqual(none);
  expect(of({}, false).logs.route).toMatchObject([{ sink: byDefault }]);
});

test('a log without a type is of routes, and of what no route or filter chain takes', () => {
  const { logs } = of({ settings: [{ sinks: [file] }] }, true);
  expect(logs.route).toMatchObject([{ isOfUnmatched: false }]);
  expect(logs.listener).toMatchObject([{ isOfUnmatched: true }]);
  expect(logs.upstream).toEqual([]);
});

test.each(['Route', 'Listener', 'Upstream'])('a log of type %s is of that part alone', (type) => {
  const { logs } = of({ settings: [{ type, sinks: [file] }] }, true);
  const found = Object.entries(logs).filter(([, each]) => each.length > 0);
  expect(found.map(([part]) => part)).toEqual([type.toLowerCase()]);
  expect(found[0]?.[1]).toMatchObject([{ isOfUnmatched: false }]);
});

test.each<[string, object | undefined, object]>([
  ['no format', undefined, json],
  ['a text', { type: 'Text', text: '%PROTOCOL%\n' }, { kind: 'text', text: '%PROTOCOL%\n' }],
  ['fields', { type: 'JSON', json: { a: '%PROTOCOL%' } }, { kind: 'json', fields: [['a', '%PROTOCOL%']] }],
  [
    'fields and a text, which are for two sinks',
    { text: 't', json: { a: 'b' } },
    { kind: 'json', fields: [['a', 'b']] },
  ],
  ['a text alone', { text: 't' }, { kind: 'text', text: 't' }],
])('a file is written with %s', (_, format, expected) => {
  const { logs, leftOut, faults } = of({ settings: [{ type: 'Route', format, sinks: [file] }] }, true);
  expect([leftOut, faults]).toEqual([[], []]);
  expect(logs.route).toEqual([
    { sink: { kind: 'file', path: '/var/log/a', format: expected }, matches: [], isOfUnmatched: false },
  ]);
});

test.each<[object | undefined, object]>([
  [undefined, { body: undefined, attributes: expect.arrayContaining([['method', '%REQ(:METHOD)%']]) }],
  [
    { type: 'Text', text: 't', json: { a: 'b' } },
    { body: 't', attributes: [] },
  ],
  [
    { type: 'JSON', text: 't', json: { a: 'b' } },
    { body: undefined, attributes: [['a', 'b']] },
  ],
  [
    { text: 't', json: { a: 'b' } },
    { body: 't', attributes: [['a', 'b']] },
  ],
  [{ text: 't' }, { body: 't', attributes: [] }],
])('a record of OpenTelemetry has the text and the fields of format %j', (format, expected) => {
  const sinks = [{ type: 'OpenTelemetry', openTelemetry: { backendRefs: [m.backend('logs')] } }];
  const { logs } = of({ settings: [{ type: 'Route', format, sinks }] }, false);
  expect(logs.route[0]?.sink).toMatchObject(expected);
});

test('a record of a proxy that Sluice runs names its pod', () => {
  const sinks = [{ type: 'OpenTelemetry', openTelemetry: { backendRefs: [m.backend('logs')] } }];
  const { logs } = of({ settings: [{ format: { json: { a: 'b' } }, sinks }] }, true);
  expect(logs.route[0]?.sink).toMatchObject({
    attributes: [
      ['k8s.namespace.name', 'default'],
      ['k8s.pod.name', '%ENVIRONMENT(ENVOY_POD_NAME)%'],
      ['a', 'b'],
    ],
  });
});

test('a server of Envoy’s log service is called by HTTP/2, under the name of the EnvoyProxy', () => {
  const http = { requestHeaders: ['x-a'], responseHeaders: ['x-b'], responseTrailers: ['x-c'] };
  const sinks = [
    { type: 'ALS', als: { type: 'HTTP', backendRefs: [m.backend('logs')], http } },
    { type: 'ALS', als: { type: 'TCP', logName: 'mine', backendRef: m.backend('logs') } },
  ];
  const { logs, leftOut, faults } = of({ settings: [{ type: 'Route', sinks }] }, true);
  const server = { cluster: 'default/logs/80/http2', authority: 'logs.default:80', headers: [] };
  expect([leftOut, faults]).toEqual([[], []]);
  expect(logs.route.map(({ sink }) => sink)).toEqual([
    { kind: 'als', type: 'HTTP', server, logName: 'default/proxy', ...http },
    {
      kind: 'als',
      type: 'TCP',
      server,
      logName: 'mine',
      requestHeaders: [],
      responseHeaders: [],
      responseTrailers: [],
    },
  ]);
});

test.each([
  [{ sinks: [{ type: 'Pigeon' }, file] }, '.sinks[0].type: Pigeon is not supported yet', 1],
  [{ format: { type: 'Text', text: '%NOPE%' }, sinks: [file] }, '.format: %NOPE% is no command of Envoy', 0],
  [{ format: { json: { __proto__x: '%REQ%' } }, sinks: [file] }, '.format: %REQ% needs an argument', 0],
  [
    { sinks: [{ type: 'ALS', als: { type: 'TCP', backendRefs: [m.backend('logs'), m.backend('logs')] } }] },
    '.sinks[0].als.backendRefs[1]: is not supported yet, one server is',
    1,
  ],
])('what is not supported is left out and said: %j', (setting, problem, logs) => {
  const found = of({ settings: [{ ...setting, type: 'Route' }] }, true);
  expect(found.leftOut).toEqual([`spec.telemetry.accessLog.settings[0]${problem}`]);
  expect(found.faults).toEqual([]);
  expect(found.logs.route).toHaveLength(logs);
});

test.each([
  [{ matches: ['true', 'request.path ='] }, '.matches[1]: is no CEL expression: '],
  [{ sinks: [file, { type: 'ALS' }] }, '.sinks[1].als: is required'],
  [{ sinks: [file, als([])] }, '.sinks[1].als.backendRefs: is required'],
  [
    { sinks: [file, als([m.backend('missing')])] },
    '.sinks[1].als.backendRefs[0].name: Service default/missing',
  ],
  [{ sinks: [file, als([m.backend('logs', { port: 81 })])] }, '.sinks[1].als.backendRefs[0].port: '],
  [
    { sinks: [file, als([m.backend('logs', { namespace: 'other' })])] },
    '.sinks[1].als.backendRefs[0].namespace: no ReferenceGrant permits this',
  ],
])('a fault is named: %j', (setting, fault) => {
  const found = of({ settings: [{ ...setting, type: 'Route' }] }, true);
  expect(found.faults).toEqual([
    expect.stringContaining(`spec.telemetry.accessLog.settings[0]${fault}`) as unknown,
  ]);
  expect(found.logs.route).toHaveLength('sinks' in setting ? 1 : 0);
});

function als(backendRefs: readonly object[]): object {
  return { type: 'ALS', als: { type: 'HTTP', backendRefs } };
}

function of(accessLog: object | undefined, managedProxies: boolean): AccessLogResult {
  const ref = { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: 'proxy', namespace: 'default' };
  const telemetry = accessLog === undefined ? {} : { accessLog };
  const reader = new MemoryReader(
    [m.gatewayClass('sluice', ref), m.envoyProxy({ telemetry }), m.service('logs')],
    { managedProxies },
  );
  const gateway = {
    namespace: 'default',
    name: 'web',
    gatewayClass: 'sluice',
    parametersRef: undefined,
    pluginsFrom: [],
    hasRouteShards: false,
    unreadableInfrastructure: [],
  } satisfies OurGateway;
  return must(accessLogs(reader, gateway, gatewayParameters(reader, gateway)), 'logs');
}
