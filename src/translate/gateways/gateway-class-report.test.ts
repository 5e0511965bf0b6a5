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
