import { afterEach, beforeEach, expect, test } from 'vitest';
import { must } from '../../src/lib/assert.ts';
import { createMetrics, type Metrics } from '../../src/observe/metrics.ts';
import * as m from '../rig/objects/manifests.ts';
import { ManualClock } from '../rig/pipeline/manual-clock.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import type { DeltaClient } from '../rig/xds/delta-client.ts';

let clock: ManualClock;
let metrics: Metrics;
let pipeline: Pipeline;
let proxies: DeltaClient[];

beforeEach(async () => {
  clock = new ManualClock();
  metrics = createMetrics();
  pipeline = await Pipeline.started(
    [
      m.gatewayClass(),
      m.gateway([m.httpListener()]),
      m.httpRoute([{ backendRefs: [m.backend()] }]),
      m.service(),
      slice('10.0.0.1', 0),
    ],
    { clock, metrics },
  );
  proxies = [await pipeline.connected({ id: 'a' }), await pipeline.connected({ id: 'b' })];
  for (const proxy of proxies) proxy.hold('EDS');
});

afterEach(() => pipeline.close());

/** `agoMs`: since the endpoints controller saw the change. */
function slice(address: string, agoMs: number | undefined): object {
  const manifest = m.endpointSlice([address]) as { readonly metadata: object };
  if (agoMs === undefined) return manifest;
  const time = new Date(clock.wallMs() - agoMs).toISOString();
  const annotations = { 'endpoints.kubernetes.io/last-change-trigger-time': time };
  return { ...manifest, metadata: { ...manifest.metadata, annotations } };
}

async function lags(): Promise<{ readonly count: number; readonly sum: number }> {
  const { values } = await metrics.endpointLag.get();
  const of = (end: string): number =>
    must(
      values.find(({ metricName }) => metricName === `sluice_endpoint_lag_seconds_${end}`),
      end,
    ).value;
  return { count: of('count'), sum: of('sum') };
}

async function oldest(): Promise<readonly unknown[]> {
  const { values } = await metrics.gatewayOldestUnacknowledged.get();
  return values.filter(({ value }) => value > 0);
}

test('what a proxy is sent when it connects is no change', async () => {
  expect(await lags()).toEqual({ count: 0, sum: 0 });
  const { values } = await metrics.firstPush.get();
  expect(
    values.find(({ metricName }) => metricName === 'sluice_first_push_seconds_count')?.value,
  ).toBeGreaterThan(0);
});

test('a change counts once for each proxy, from the date of its slice to the ACK', async () => {
  pipeline.apply(slice('10.0.0.2', 3000));
  await pipeline.advance(1000);
  expect(await lags()).toEqual({ count: 0, sum: 0 });
  expect(await oldest()).toEqual([{ labels: { gateway: 'default/web' }, value: 4 }]);
  must(proxies[0], 'a').release('EDS');
  expect(await lags()).toEqual({ count: 1, sum: 4 });
  await pipeline.advance(1000);
  must(proxies[1], 'b').release('EDS');
  expect(await lags()).toEqual({ count: 2, sum: 9 });
  expect(await oldest()).toEqual([]);
});

test('without a date, a change counts from its arrival', async () => {
  pipeline.apply(slice('10.0.0.2', undefined));
  await pipeline.advance(250);
  for (const proxy of proxies) proxy.release('EDS');
  expect(await lags()).toEqual({ count: 2, sum: 0.5 });
});

test('a proxy that leaves without an answer counts, with its time so far', async () => {
  pipeline.apply(slice('10.0.0.2', 1000));
  await pipeline.advance(5000);
  for (const proxy of proxies) proxy.close();
  expect(await lags()).toEqual({ count: 2, sum: 12 });
});

test('ten thousand endpoints in one slice count once for each proxy', async () => {
  const addresses = Array.from({ length: 10_000 }, (_, i) => `10.1.${i >> 8}.${i & 255}`);
  pipeline.apply(m.endpointSlice(addresses));
  await pipeline.quiet();
  for (const proxy of proxies) proxy.release('EDS');
  expect((await lags()).count).toBe(2);
});

test('a hundred Gateways with proxies are twenty-one series', async () => {
  const clients = Array.from({ length: 100 }, (_, i) =>
    pipeline.connect({ id: `p${i}`, gateway: `tenant/made-up-${i}`, follows: false }),
  );
  const { values } = await metrics.connectedProxies.get();
  expect(values).toEqual([
    { labels: { gateway: 'default/web' }, value: 2 },
    { labels: { gateway: '' }, value: 100 },
  ]);
  pipeline.apply(
    ...clients.map((_, i) => m.gateway([m.httpListener()], { name: `made-up-${i}`, namespace: 'tenant' })),
  );
  await pipeline.quiet();
  const shown = (await metrics.connectedProxies.get()).values;
  expect(shown).toHaveLength(21);
  expect(shown.reduce((sum, { value }) => sum + value, 0)).toBe(102);
});
