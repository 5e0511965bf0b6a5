import { expect, test } from 'vitest';
import * as m from '../../test/rig/objects/manifests.ts';
import { MemoryReader } from '../../test/rig/pipeline/memory-reader.ts';
import type { ReadKey, UnitName } from '../lib/key.ts';
import { parseUnitName } from '../units/unit.ts';
import { translateUnit } from '../translate/translate.ts';
import { firstKeys } from './first-keys.ts';

const parametersRef = { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: 'proxy' };
const manifests = [
  m.gatewayClass('sluice', { ...parametersRef, namespace: 'infra' }),
  m.gateway([m.httpListener()]),
  m.envoyProxy({}, { namespace: 'infra' }),
  m.service(),
  m.endpointSlice(['10.0.0.1']),
  m.httpRoute([{ backendRefs: [m.backend()] }]),
];
const reader = new MemoryReader(manifests, { managedProxies: true });

test.each([
  'GatewayClass/sluice',
  'EffectiveListeners/default/web',
  'Gateway/default/web',
  'Infrastructure/default/web',
  'Listener/default/web/tcp/80',
  'AttachedRoute/default/web/HTTPRoute/default/route',
  'HTTPRoute/default/route',
  'Cluster/default/app/80/http1',
  'ClusterLoadAssignment/default/app/80',
])('of %s all that it reads in a plain case is guessed, so that one round trip does', (unit) => {
  const guess = firstKeys(unit as UnitName, (key) => reader.follow(key));
  reader.reads.clear();
  translateUnit(parseUnitName(unit as UnitName), reader);
  expect([...reader.reads].filter((key) => !guess.has(key))).toEqual([]);
});

test('the guess is bounded, whatever refers to what', () => {
  expect(firstKeys('Gateway/default/web' as UnitName, endless).size).toBeLessThanOrEqual(64);
});

function endless(key: ReadKey): ReadKey[] {
  return Array.from({ length: 50 }, (_, i) => `${key}/${i}` as ReadKey);
}
