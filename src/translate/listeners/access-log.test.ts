import { expect, test } from 'vitest';
import * as m from '../../../test/rig/objects/manifests.ts';
import { MemoryReader } from '../../../test/rig/pipeline/memory-reader.ts';
import { accessLogs } from './access-log.ts';
import { classParameters } from '../gateways/parameters.ts';

const json = { kind: 'json', fields: expect.arrayContaining([['method', '%REQ(:METHOD)%']]) as unknown };
const byDefault = { path: '/dev/stdout', format: json };
const file = { type: 'File', file: { path: '/var/log/a' } };

test('a proxy that Sluice runs writes JSON to its standard output unless told otherwise', () => {
  expect(of(undefined, true).logs).toEqual([byDefault]);
  expect(of({}, true).logs).toEqual([byDefault]);
  expect(of({ settings: [{}] }, true).logs).toEqual([byDefault]);
  expect(of({ disable: true, settings: [{ sinks: [file] }] }, true).logs).toEqual([]);
});

test('a proxy that others run logs only when asked to', () => {
  expect(of(undefined, false).logs).toEqual([]);
  expect(of({}, false).logs).toEqual([byDefault]);
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
  expect(of({ settings: [{ format, sinks: [file] }] }, true)).toEqual({
    logs: [{ path: '/var/log/a', format: expected }],
    problems: [],
  });
});

test.each([
  [
    { sinks: [{ type: 'OpenTelemetry', openTelemetry: {} }, file] },
    '.sinks[0].type: OpenTelemetry is not supported yet',
    1,
  ],
  [{ type: 'Listener', sinks: [file] }, '.type: Listener is not supported yet', 0],
  [{ matches: ['true'], sinks: [file] }, '.matches: is not supported yet', 0],
  [{ format: { type: 'Text', text: '%NOPE%' }, sinks: [file] }, '.format: %NOPE% is no command of Envoy', 0],
  [{ format: { json: { __proto__x: '%REQ%' } }, sinks: [file] }, '.format: %REQ% needs an argument', 0],
])('what is not supported is left out and said: %j', (setting, problem, logs) => {
  const found = of({ settings: [setting] }, true);
  expect(found.problems).toEqual([`spec.telemetry.accessLog.settings[0]${problem}`]);
  expect(found.logs).toHaveLength(logs);
});

function of(accessLog: object | undefined, managedProxies: boolean) {
  const ref = { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: 'proxy', namespace: 'default' };
  const telemetry = accessLog === undefined ? {} : { accessLog };
  const reader = new MemoryReader([m.gatewayClass('sluice', ref), m.envoyProxy({ telemetry })], {
    managedProxies,
  });
  return accessLogs(reader, classParameters(reader, 'sluice'));
}
