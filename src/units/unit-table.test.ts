import { expect, test } from 'vitest';
import * as fc from 'fast-check';
import { initialEdits, anyEdit } from '../../test/rig/objects/any-edit.ts';
import type { UnitName } from '../lib/key.ts';
import { MemoryReader } from '../../test/rig/pipeline/memory-reader.ts';
import { translateUnit } from '../translate/translate.ts';
import { unitTable } from './unit-table.ts';
import { fleetOf } from './fleet-key.ts';
import { gatewayOfRoot, waveOf } from '../kinds/unit-place.ts';
import type { FleetOfRow } from './unit-def.ts';
import {
  firstRow,
  levelOf,
  makerOf,
  namespaceOf,
  namesUnits,
  objectIn,
  parseUnitName,
  unitName,
} from './unit.ts';

/** A run costs about a second. */
const runs = Number(process.env['UNIT_RUNS'] ?? 6);

test(
  'units read derived rows of lower levels alone, of their own wave if a proxy sees them, and with each the first one of its maker',
  { timeout: 60_000 + runs * 10_000 },
  () => {
    fc.assert(
      fc.property(fc.array(anyEdit(), { maxLength: 20 }), (edits) => {
        const reader = new MemoryReader([]);
        for (const { manifest } of [...initialEdits(), ...edits])
          if (manifest !== undefined) reader.put(manifest);
        const fleetOfRow: FleetOfRow = (key) => reader.rows.get(key)?.fleet;
        const units = new Set([...reader.rows.values()].flatMap((row) => row.units));
        for (const unit of units) {
          reader.reads.clear();
          const { rows, refs } = translateUnit(parseUnitName(unit), reader);
          for (const ref of refs) units.add(ref);
          for (const row of rows) {
            expect(makerOf(row.key)).toBe(unit);
            for (const named of row.units ?? []) {
              expect(levelOf(named)).toBeGreaterThan(levelOf(unit));
              expect(objectIn(named)).toBe(objectIn(unit));
              units.add(named);
            }
          }
          const makers = [...reader.reads].flatMap((key) => makerOf(key) ?? []);
          expect(makers.filter((maker) => levelOf(maker) >= levelOf(unit))).toEqual([]);
          // Each has to wait for its maker by that row.
          const firstRows = makers.map((maker) => firstRow(maker));
          expect(firstRows.filter((row) => row === undefined || !reader.reads.has(row))).toEqual([]);
          const wave = waveOf(unit, fleetOfRow);
          // A route reads the rows of all its ListenerSets, to know which of them lead to its Gateway.
          const others = makers.filter((maker) => !namesUnits(maker) && waveOf(maker, fleetOfRow) !== wave);
          if (wave !== 'reports') expect(others).toEqual([]);
          const gateway = gatewayOfRoot(unit);
          if (gateway !== undefined) expect(wave).toBe(fleetOf(gateway));
        }
      }),
      { numRuns: runs },
    );
  },
);

test('the name of a unit says all that there is to it', () => {
  const reader = new MemoryReader([]);
  for (const { manifest } of initialEdits()) if (manifest !== undefined) reader.put(manifest);
  const queue = new Set([...reader.rows.values()].flatMap((row) => row.units));
  const kinds = new Set<string>();
  for (const unit of queue) {
    kinds.add(parseUnitName(unit).kind);
    expect(unitName(parseUnitName(unit))).toBe(unit);
    for (const ref of translateUnit(parseUnitName(unit), reader).refs) queue.add(ref);
  }
  expect(Object.keys(unitTable).filter((kind) => !kinds.has(kind))).toEqual([
    'HostClaim',
    'HostOwner',
    'RoutePlaces',
    'TcpProxy',
    'UdpCluster',
    'WeightedEndpoints',
    'WasmModule',
    'OidcProvider',
    'PluginChain',
    'LimitChain',
    'TokenChain',
    'ClientAuthorities',
    'BackendAuthorities',
    'ClientPolicyAuthorities',
    'ClientSecret',
    'SessionKey',
  ]);
});

test.each([
  ['GatewayClass/sluice', ''],
  ['Gateway/infra/web', 'infra'],
  ['EffectiveListeners/infra/web', 'infra'],
  ['Listener/infra/web/tcp/443', 'infra'],
  ['AttachedPolicies/infra/web/Gateway/infra/web', 'infra'],
  ['AttachedPolicies/infra/web/HTTPRoute/team/shop', 'team'],
  ['AttachedRoute/infra/web/HTTPRoute/team/shop', 'team'],
  ['HostClaim/infra/web/HTTPRoute/team/shop', 'team'],
  ['HostOwner/infra/web/*.example.com', 'infra'],
  ['HTTPRoute/team/shop', 'team'],
  ['Cluster/team/app/80/http1', 'team'],
  ['ClusterLoadAssignment/team/app/80/service', 'team'],
  ['PluginChain/team/plugins/infra/plugins', 'team'],
  ['LimitChain//10/60s', ''],
  ['LimitChain/team/p@10/60s+v1', 'team'],
  ['WasmModule/team/plugins/0', 'team'],
  ['Secret/team/tls', 'team'],
  ['ClientSecret/team/login', 'team'],
  ['SessionKey/team/policy', 'team'],
  ['OidcProvider/team/policy', 'team'],
])('%s is the work of namespace "%s"', (unit, namespace) => {
  expect(namespaceOf(unit as UnitName)).toBe(namespace);
});
