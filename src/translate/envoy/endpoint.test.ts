import { expect, test } from 'vitest';
import { ClusterLoadAssignment } from '../../../proto/gen/envoy/config/endpoint/v3/endpoint.ts';
import type { EndpointIR } from '../backend-ir.ts';
import { encode } from './any.ts';
import { lbEndpoint, loadAssignmentResource } from './endpoint.ts';

test.each([0, 1, 2, 10, 100, 1000])('%i endpoints have the bytes that the plain encoder gives', (count) => {
  const endpoints = Array.from({ length: count }, (_, i): EndpointIR => ({
    address: i % 7 === 6 ? `2001:db8::${i.toString(16)}` : `10.0.${i >> 8}.${i & 255}`,
    port: i % 3 === 0 ? 8080 : 443,
  }));
  const plain = encode(ClusterLoadAssignment, {
    clusterName: 'default/app/80',
    endpoints: count === 0 ? [] : [{ lbEndpoints: endpoints.map(lbEndpoint) }],
  });
  const once = loadAssignmentResource({ name: 'default/app/80', endpoints });
  const again = loadAssignmentResource({ name: 'default/app/80', endpoints });
  expect(Buffer.from(once.bytes).equals(plain)).toBe(true);
  expect(again).toEqual(once);
});

test('one address with two ports is two endpoints, also when remembered', () => {
  expect(version(80)).not.toBe(version(81));
  expect(version(80)).toBe(version(80));
});

function version(port: number): string {
  return loadAssignmentResource({ name: 'c', endpoints: [{ address: '10.0.0.1', port }] }).version;
}
