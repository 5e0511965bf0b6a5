import { expect, test } from 'vitest';
import { gateway, gatewayClass, httpListener } from '../../../test/rig/objects/manifests.ts';
import { MemoryReader } from '../../../test/rig/pipeline/memory-reader.ts';
import type { DerivedRow } from '../../kinds/row.ts';
import { effectiveListeners } from './effective-listeners.ts';

function rowsOf(spec: object = {}, listeners: readonly object[] = [httpListener()]): DerivedRow[] {
  const reader = new MemoryReader([gatewayClass(), gateway(listeners, spec)]);
  return effectiveListeners(reader, { namespace: 'default', name: 'web' });
}

test('the rows of listeners and ports lead to certificates, CAs of clients, and grants of other namespaces', () => {
  const certificateRefs = [{ name: 'x' }, { name: 'y', namespace: 'certs' }];
  const caCertificateRefs = [
    { group: '', kind: 'ConfigMap', name: 'a' },
    { group: 'x.test', kind: 'ConfigMap', name: 'no' },
  ];
  const frontend = { default: { validation: { caCertificateRefs } } };
  const https = { name: 's', port: 443, protocol: 'HTTPS', tls: { certificateRefs } };
  const rows = new Map(
    rowsOf({ tls: { frontend } }, [https]).map(({ key, follow }) => [String(key), follow]),
  );
  const certificates = [
    'Secret/default/x',
    'Secret/certs/y',
    '@ReferenceGrantsOf/certs/gateway.networking.k8s.io/Gateway/default//Secret/y',
    '@ReferenceGrantsOf/certs/gateway.networking.k8s.io/Gateway/default//Secret/',
  ];
  expect(rows.get('EffectivePort/default/web/tcp/443')).toEqual([
    ...certificates,
    'ConfigMap/default/a',
    '@PoliciesBelow/ClientTrafficPolicy/overrides/default/web/*',
  ]);
  expect(rows.get('ClientValidation/default/web/default')).toEqual(['ConfigMap/default/a']);
  for (const key of ['OurGateway/default/web', 'EffectiveListener/default/web/s'])
    expect(rows.get(key)?.filter((hint) => /Secret|ConfigMap/.test(hint))).toEqual([]);
});

test('each listener has a row, by its name or its position, and is found by its hostname', () => {
  const rows = rowsOf({}, [
    httpListener({ name: 'a', hostname: '*.a.test' }),
    httpListener({ name: 'b', hostname: 'b.a.test' }),
    httpListener({ name: 'b', hostname: 'c.test' }),
  ]);
  const found = rows.filter(({ key }) => key.startsWith('EffectiveListener/'));
  expect(Object.fromEntries(found.map(({ key, indexes }) => [key, indexes]))).toEqual({
    'EffectiveListener/default/web/a': [
      '@ListenersOfHostname/default/web/*.a.test',
      '@ListenersUnderHostname/default/web/*.test',
      '@ListenersUnderHostname/default/web/*',
      '@ServedListenersAt/default/web/80/*.a.test',
    ],
    'EffectiveListener/default/web/b': [
      '@ListenersOfHostname/default/web/b.a.test',
      '@ListenersUnderHostname/default/web/*.a.test',
      '@ListenersUnderHostname/default/web/*.test',
      '@ListenersUnderHostname/default/web/*',
      '@ServedListenersAt/default/web/80/b.a.test',
    ],
    'EffectiveListener/default/web/#2': [
      '@ListenersOfHostname/default/web/c.test',
      '@ListenersUnderHostname/default/web/*.test',
      '@ListenersUnderHostname/default/web/*',
    ],
  });
});

test('a Gateway of another class has no row, and what no route and no Listener reads changes none', () => {
  expect(rowsOf({ gatewayClassName: 'other' })).toEqual([]);
  expect(rowsOf({ addresses: [{ value: '192.0.2.1' }] })).toEqual(rowsOf());
  expect(rowsOf({ infrastructure: { labels: { team: 'a' } } })).toEqual(rowsOf());
});
