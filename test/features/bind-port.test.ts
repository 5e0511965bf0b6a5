import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const managed = { settings: { managedProxies: true } };
const ref = { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: 'proxy' };
const asWritten = m.envoyProxy({ provider: { kubernetes: { useListenerPortAsContainerPort: true } } });
const plain = m.gateway([m.httpListener()], { infrastructure: { parametersRef: ref } });

test('a proxy that Sluice runs binds a port that needs no privileges, and all names stay by the listener', async () => {
  const pipeline = await Pipeline.started([m.gatewayClass(), m.gateway([m.httpListener()])], managed);
  const client = await pipeline.connected();
  expect(client.names('LDS')).toEqual(['default/web/80']);
  expect(client.names('RDS')).toEqual(['default/web/80:*']);
  expect(client.json('LDS', 'default/web/80')).toMatchObject({
    address: { socketAddress: { portValue: 10_080 } },
    filterChains: [{ filters: [{ typedConfig: { statPrefix: 'http-80' } }] }],
  });
});

test('a proxy that others run binds the port of the listener', async () => {
  const pipeline = await Pipeline.started([m.gatewayClass(), m.gateway([m.httpListener()])]);
  const client = await pipeline.connected();
  expect(bound(client.json('LDS', 'default/web/80'))).toBe(80);
});

test('an EnvoyProxy may ask for the ports as they are written', async () => {
  const pipeline = await Pipeline.started([m.gatewayClass(), plain, asWritten], managed);
  const client = await pipeline.connected();
  expect(bound(client.json('LDS', 'default/web/80'))).toBe(80);
  expect(pipeline.controller.infrastructure('default/web')).toMatchObject({
    infrastructure: { ports: [{ port: 80, containerPort: 80 }] },
  });
});

test('an EnvoyProxy that is lost moves no port away from where the running Service sends its traffic', async () => {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web-sluice', namespace: 'default' },
    spec: { clusterIP: '10.96.0.1', ports: [{ name: 'http-80', port: 80, targetPort: 80 }] },
  };
  const pipeline = await Pipeline.started([m.gatewayClass(), plain, asWritten, service], managed);
  const client = await pipeline.connected();
  pipeline.delete(asWritten);
  await pipeline.settle();
  expect(pipeline.gatewayConditions()['Accepted']).toMatchObject({ reason: 'InvalidParameters' });
  expect(bound(client.json('LDS', 'default/web/80'))).toBe(80);
});

function bound(listener: object | undefined): unknown {
  return (listener as { address: { socketAddress: { portValue: number } } }).address.socketAddress.portValue;
}
