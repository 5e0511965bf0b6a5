import { expect, test } from 'vitest';
import { decodeRow } from '../decode.ts';
import { serviceKind } from './service.ts';

const port = { name: 'web', port: 80, protocol: 'TCP', targetPort: 8080, nodePort: 30_080 };
const spec = { type: 'ClusterIP', clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1'], ports: [port] };

test('labels, annotations, versions, node ports and an empty status are no change', () => {
  const before = bytesOf({ metadata: { name: 'a' }, spec });
  const metadata = { name: 'a', resourceVersion: '7', labels: { a: 'b' }, annotations: { c: 'd' } };
  const ports = [{ ...port, nodePort: 30_081 }];
  const after = bytesOf({
    metadata,
    spec: { ...spec, ports, sessionAffinity: 'None' },
    status: { loadBalancer: {} },
  });
  expect(after).toEqual(before);
});

test('an address of its load balancer is one', () => {
  const status = { loadBalancer: { ingress: [{ ip: '192.0.2.1', ipMode: 'VIP', ports: [] }] } };
  const row = decodeRow('Service', bytesOf({ metadata: { name: 'a' }, spec, status }));
  expect(row.status).toEqual({ loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } });
});

test('a target port is kept when it is a number', () => {
  const ports = [port, { ...port, name: 'named', port: 81, targetPort: 'http' }];
  const row = decodeRow('Service', bytesOf({ metadata: { name: 'a' }, spec: { ...spec, ports } }));
  expect(row.spec.ports.map(({ targetPort }) => targetPort)).toEqual([8080, undefined]);
});

test('external addresses may be many, and the name of an application protocol long', () => {
  const externalIPs = Array.from({ length: 200 }, (_, i) => `192.0.2.${i}`);
  const ports = [{ ...port, appProtocol: `${'a'.repeat(253)}/${'b'.repeat(63)}` }];
  const row = decodeRow(
    'Service',
    bytesOf({ metadata: { name: 'a' }, spec: { ...spec, ports, externalIPs } }),
  );
  expect(row.spec).toMatchObject({ externalIPs, ports: [{ appProtocol: ports[0]?.appProtocol }] });
});

function bytesOf(manifest: object): Uint8Array {
  const parsed = serviceKind.parse(manifest);
  if (parsed.kind !== 'row') throw new Error(JSON.stringify(parsed.problems));
  return parsed.row.bytes;
}
