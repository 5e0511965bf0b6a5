import { expect, test } from 'vitest';
import * as m from '../../../test/rig/objects/manifests.ts';
import { MemoryReader } from '../../../test/rig/pipeline/memory-reader.ts';
import { gatewayClassReport } from './gateway-class-report.ts';

function features(managedProxies: boolean): string[] {
  const report = gatewayClassReport(new MemoryReader([m.gatewayClass()], { managedProxies }), 'sluice');
  return report?.supportedFeatures.map(({ name }) => name) ?? [];
}

test('features are sorted, as the API asks, and none is there twice', () => {
  const all = features(true);
  expect(all).toEqual([...new Set(all)].sort());
});

test('what only the infrastructure makes true is claimed only with it', () => {
  const others = features(false);
  expect(features(true).filter((name) => !others.includes(name))).toEqual([
    'GatewayAddressEmpty',
    'GatewayAddressRoutability',
    'GatewayAddressRoutabilityCluster',
    'GatewayInfrastructure',
    'GatewayStaticAddresses',
  ]);
});

test.each([
  ['v1.7.0', 'True', 'SupportedVersion'],
  ['v1.6.3', 'True', 'SupportedVersion'],
  ['v1.8.0', 'False', 'UnsupportedVersion'],
  [undefined, 'False', 'UnsupportedVersion'],
])('with CRDs %s the class has SupportedVersion %s', (version, status, reason) => {
  const crd = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: 'gatewayclasses.gateway.networking.k8s.io',
      annotations: version === undefined ? {} : { 'gateway.networking.k8s.io/bundle-version': version },
    },
  };
  const report = gatewayClassReport(new MemoryReader([m.gatewayClass(), crd], {}), 'sluice');
  expect(report?.conditions).toMatchObject([
    { type: 'Accepted', status: 'True' },
    { type: 'SupportedVersion', status, reason },
  ]);
});
