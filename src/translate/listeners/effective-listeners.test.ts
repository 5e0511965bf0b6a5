import { expect, test } from 'vitest';
import { gateway, gatewayClass, httpListener } from '../../../test/fakes/manifests.ts';
import { MemoryReader } from '../../../test/fakes/memory-reader.ts';
import type { DerivedRow } from '../../kinds/row.ts';
import { effectiveListeners } from './effective-listeners.ts';

function rowOf(spec: object = {}, listeners: readonly object[] = [httpListener()]): DerivedRow[] {
  const reader = new MemoryReader([gatewayClass(), gateway(listeners, spec)]);
  return effectiveListeners(reader, { namespace: 'default', name: 'web' });
}

test('the row leads to the certificates of listeners, the CAs of clients, and the grants of other namespaces', () => {
  const certificateRefs = [{ name: 'x' }, { name: 'y', namespace: 'certs' }];
  const caCertificateRefs = [
    { group: '', kind: 'ConfigMap', name: 'a' },
    { group: 'x.test', kind: 'ConfigMap', name: 'no' },
  ];
  const frontend = { default: { validation: { caCertificateRefs } } };
  const https = { name: 's', port: 443, protocol: 'HTTPS', tls: { certificateRefs } };
  const [row] = rowOf({ tls: { frontend } }, [https]);
  expect(row?.follow).toEqual(
    expect.arrayContaining([
      'GatewayClass//sluice',
      'Secret/default/x',
      'Secret/certs/y',
      '@ReferenceGrantsOf/certs/gateway.networking.k8s.io/Gateway/default//Secret/y',
      'ConfigMap/default/a',
    ]),
  );
  expect(row?.follow).not.toContain('ConfigMap/default/no');
});

test('a Gateway of another class has no row, and what no route and no Listener reads changes none', () => {
  expect(rowOf({ gatewayClassName: 'other' })).toEqual([]);
  expect(rowOf({ addresses: [{ value: '192.0.2.1' }] })).toEqual(rowOf());
  expect(rowOf({ infrastructure: { labels: { team: 'a' } } })).toEqual(rowOf());
});
