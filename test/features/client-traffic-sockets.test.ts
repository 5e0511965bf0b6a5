import { expect, test } from 'vitest';
import { ClientFixture, clientPolicy } from '../rig/pipeline/client-policy.ts';

/** Fields of the Listener. */
test.each<[string, object, object]>([
  [
    'keepalive',
    { tcpKeepalive: { probes: 3, idleTime: '20m', interval: '60s' } },
    { tcpKeepalive: { keepaliveProbes: 3, keepaliveTime: 1200, keepaliveInterval: 60 } },
  ],
  [
    'the proxy protocol',
    { proxyProtocol: {} },
    { listenerFilters: [{ name: 'envoy.filters.listener.proxy_protocol' }] },
  ],
  [
    'the older proxy protocol',
    { enableProxyProtocol: true },
    { listenerFilters: [{ name: 'envoy.filters.listener.proxy_protocol' }] },
  ],
  [
    'an optional proxy protocol',
    { proxyProtocol: { optional: true } },
    { listenerFilters: [{ typedConfig: { allowRequestsWithoutProxyProtocol: true } }] },
  ],
  [
    'buffers and accepts',
    { connection: { bufferLimit: '64Ki' } },
    { perConnectionBufferLimitBytes: 65_536, maxConnectionsToAcceptPerSocketEvent: 1 },
  ],
  [
    'buffers in the kernel',
    { connection: { socketBufferLimit: '1Mi' } },
    {
      socketOptions: [
        { level: '1', name: '7', intValue: '1048576' },
        { level: '1', name: '8', intValue: '1048576' },
      ],
    },
  ],
  [
    'inspection',
    { timeout: { tcp: { connectionInspectionTimeout: '3s' } } },
    { listenerFiltersTimeout: '3s' },
  ],
])('sets %s of the whole port', async (_title, spec, expected) => {
  const fixture = await ClientFixture.started([clientPolicy(spec)]);
  expect(fixture.listener(80)).toMatchObject(expected);
});

test('reads fingerprints with the server name, behind the proxy protocol', async () => {
  const spec = { proxyProtocol: {}, tls: { fingerprints: ['JA3', 'JA4'] } };
  const fixture = await ClientFixture.started([clientPolicy(spec)]);
  expect(fixture.listener(443)).toMatchObject({
    listenerFilters: [
      { name: 'envoy.filters.listener.proxy_protocol' },
      {
        name: 'envoy.filters.listener.tls_inspector',
        typedConfig: { enableJa3Fingerprinting: true, enableJa4Fingerprinting: true },
      },
    ],
  });
});

test('limits the connections of each filter chain, before HTTP', async () => {
  const spec = {
    connection: { connectionLimit: { value: 5, closeDelay: '1s' } },
    timeout: { tcp: { tlsHandshakeTimeout: '4s' } },
  };
  const fixture = await ClientFixture.started([clientPolicy(spec)]);
  expect(fixture.chain(443, 'a.test')).toMatchObject({
    transportSocketConnectTimeout: '4s',
    filters: [
      {
        name: 'envoy.filters.network.connection_limit',
        typedConfig: { statPrefix: 'https-443', maxConnections: '5', delay: '1s' },
      },
      { name: 'envoy.filters.network.http_connection_manager' },
    ],
  });
});
