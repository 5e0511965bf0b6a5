import { expect, test } from 'vitest';
import { endpointSlice, service } from '../../../test/rig/objects/manifests.ts';
import { MemoryReader } from '../../../test/rig/pipeline/memory-reader.ts';
import { translateEndpoints } from './endpoints.ts';

const name = 'default/app/80';

test('ready endpoints of all slices come sorted and once, in whichever slice they are', () => {
  const split = addresses(
    endpointSlice(['10.0.0.9', '10.0.0.10'], { name: 'b' }),
    endpointSlice(['10.0.0.10', '10.0.0.2', '9.0.0.1'], { name: 'a' }),
  );
  expect(split).toEqual(['9.0.0.1:8080', '10.0.0.2:8080', '10.0.0.9:8080', '10.0.0.10:8080']);
  expect(split).toEqual(addresses(endpointSlice(['10.0.0.10', '9.0.0.1', '10.0.0.9', '10.0.0.2'])));
});

test('an endpoint that is not ready gets no traffic', () => {
  const notReady = { addresses: ['10.0.0.2'], conditions: { ready: false } };
  expect(addresses(endpointSlice(['10.0.0.1', notReady]))).toEqual(['10.0.0.1:8080']);
  expect(addresses(endpointSlice([notReady]))).toEqual([]);
});

test('with no endpoint ready, those that terminate and still serve get the traffic', () => {
  const leaving = { addresses: ['10.0.0.2'], conditions: { ready: false, serving: true, terminating: true } };
  const ended = { addresses: ['10.0.0.3'], conditions: { ready: false, serving: false, terminating: true } };
  expect(addresses(endpointSlice([leaving, ended]))).toEqual(['10.0.0.2:8080']);
  expect(addresses(endpointSlice([leaving, ended, '10.0.0.1']))).toEqual(['10.0.0.1:8080']);
});

test("a slice's port is found by the name of the Service's port", () => {
  const named = service('app', { port: { name: 'web' } });
  const slices = [
    endpointSlice(['10.0.0.1'], { name: 'a', portName: 'web', port: 3000 }),
    endpointSlice(['10.0.0.2'], { name: 'b', portName: 'admin', port: 9000 }),
    endpointSlice(['10.0.0.3'], { name: 'c', portName: 'web', port: 3001 }),
  ];
  expect(addressesOf([named, ...slices])).toEqual(['10.0.0.1:3000', '10.0.0.3:3001']);
});

test('a Service without endpoints gives an empty assignment, not none', () => {
  expect(translate([service()])).toEqual({ name, endpoints: [] });
});

test('without its Service or port there is no assignment, so that a proxy keeps the endpoints while routes move', () => {
  expect(translate([endpointSlice(['10.0.0.1'])])).toBeUndefined();
  const otherPort = service('app', { port: { port: 81 } });
  expect(translate([otherPort, endpointSlice(['10.0.0.1'])])).toBeUndefined();
});

test("addresses of the proxy's own host or link are refused, and loopback is allowed by a setting", () => {
  const slice = endpointSlice(['127.0.0.1', '169.254.169.254', '0.0.0.0', '224.0.0.1', '10.0.0.1']);
  expect(addresses(slice)).toEqual(['10.0.0.1:8080']);
  expect(addressesOf([service(), slice], true)).toEqual(['10.0.0.1:8080', '127.0.0.1:8080']);
});

test('a slice of host names gives no endpoint', () => {
  expect(addresses({ ...endpointSlice(['a.test']), addressType: 'FQDN' })).toEqual([]);
});

test('IPv6 endpoints are endpoints', () => {
  const v6 = { ...endpointSlice(['fd00::2', 'fd00::1'], { name: 'v6' }), addressType: 'IPv6' };
  expect(addresses(v6, endpointSlice(['10.0.0.1']))).toEqual([
    '10.0.0.1:8080',
    'fd00::1:8080',
    'fd00::2:8080',
  ]);
});

function addresses(...slices: object[]): string[] {
  return addressesOf([service(), ...slices]);
}

function addressesOf(manifests: object[], allowLoopbackEndpoints = false): string[] {
  const found = translate(manifests, allowLoopbackEndpoints);
  const endpoints = found !== undefined && 'endpoints' in found ? found.endpoints : [];
  return endpoints.map(({ address, port }) => `${address}:${port}`);
}

function translate(manifests: object[], allowLoopbackEndpoints = false) {
  return translateEndpoints(new MemoryReader(manifests, { allowLoopbackEndpoints }), name);
}
