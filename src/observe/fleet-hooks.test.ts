import { expect, test } from 'vitest';
import { ManualClock } from '../../test/rig/pipeline/manual-clock.ts';
import { SilentLog } from '../../test/rig/pipeline/silent-log.ts';
import { typeUrl } from '../publish/type-table.ts';
import { fleetOf } from '../units/fleet-key.ts';
import { fleetHooks } from './fleet-hooks.ts';
import { createMetrics } from './metrics.ts';

test('a proxy that rejects and reconnects without end writes 20 lines of each sort in ten seconds, and no fewer of another fleet', async () => {
  const [log, metrics, clock] = [new SilentLog(), createMetrics(), new ManualClock()];
  const hooks = fleetHooks(log, metrics, clock);
  const fleet = fleetOf('a/web');
  const lines = (gateway: string): number =>
    log.lines.filter(({ fields }) => (fields as { gateway: string }).gateway === gateway).length;
  for (let i = 0; i < 500; i++) {
    const disconnected = hooks.onConnect(fleet, `proxy-${i}`);
    hooks.stream(fleet, `proxy-${i}`).onNack(typeUrl.route, new Map([[`route-${i}`, '1']]), `no ${i}`);
    disconnected();
  }
  hooks.stream(fleetOf('b/web'), 'other').onNack(typeUrl.route, new Map([['route', '1']]), 'no');
  expect([lines('a/web'), lines('b/web')]).toEqual([60, 1]);
  await clock.advanceBy(10_000);
  hooks.stream(fleet, 'proxy').onNack(typeUrl.route, new Map([['route', '1']]), 'no');
  expect(log.lines.at(-1)?.fields).toMatchObject({ gateway: 'a/web', unsaid: 480 });
  const { values } = await metrics.nacks.get();
  expect(values.filter(({ value }) => value > 0).map(({ value }) => value)).toEqual([502]);
  metrics.close();
});
