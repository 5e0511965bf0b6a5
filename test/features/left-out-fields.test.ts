import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const app = [m.service(), m.endpointSlice(['10.0.0.1'])];
const type = 'sluice.dev/FieldsNotSupported';

test('fields that are not read are named on their object, and change nothing', async () => {
  const options = { 'example.com/cipher': 'strong' };
  const listener = {
    ...m.httpListener(),
    protocol: 'HTTPS',
    tls: { certificateRefs: [{ name: 'tls' }], options },
  };
  const rule = { backendRefs: [m.backend()], made: { up: 1 } };
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    withSpec(m.gateway([m.httpListener({ name: 'plain', port: 81 }), listener]), { defaultScope: 'All' }),
    withSpec(m.httpRoute([rule]), { useDefaultGateways: 'All' }),
    ...app,
  ]);
  expect(pipeline.gatewayConditions()[type]).toMatchObject({
    status: 'True',
    reason: 'FieldsIgnored',
    message: 'spec.listeners[1].tls.options, spec.defaultScope: not supported, and without effect',
  });
  expect(pipeline.gatewayConditions()['Accepted']).toMatchObject({ status: 'True' });
  const conditions = pipeline.routeConditions();
  expect(conditions[type]).toMatchObject({
    message: 'spec.rules[0].made, spec.useDefaultGateways: not supported, and without effect',
  });
  expect(conditions['Accepted']).toMatchObject({ status: 'True' });
});

test('a field that changes nothing is not named', async () => {
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    withSpec(m.gateway([{ ...m.httpListener(), filters: { requests: [] } }]), { defaultScope: 'None' }),
    withSpec(m.httpRoute([{ backendRefs: [m.backend()] }]), { useDefaultGateways: 'None' }),
    ...app,
  ]);
  expect(pipeline.gatewayConditions()).not.toHaveProperty([type]);
  expect(pipeline.routeConditions()).not.toHaveProperty([type]);
  expect(pipeline.listenerConditions('http')['Accepted']).toMatchObject({ status: 'True' });
});

test('a listener is not served without filters that are not supported', async () => {
  const extensionRef = { group: 'a.test', kind: 'Any', name: 'any' };
  const filters = { requests: [{ type: 'ExtensionRef', extensionRef }] };
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway([{ ...m.httpListener(), filters }, m.httpListener({ name: 'other', port: 81 })]),
    m.httpRoute([{ backendRefs: [m.backend()] }]),
    ...app,
  ]);
  expect(pipeline.listenerConditions('http')['Accepted']).toMatchObject({
    status: 'False',
    reason: 'UnsupportedValue',
    message:
      'spec.listeners[0].filters.requests[0].type: must be ExternalAuth: no other filter of listeners is supported',
  });
  expect(pipeline.listenerConditions('other')['Accepted']).toMatchObject({ status: 'True' });
});

function withSpec(manifest: object, more: object): object {
  const { spec } = manifest as { spec: object };
  return { ...manifest, spec: { ...spec, ...more } };
}
