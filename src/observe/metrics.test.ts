import { expect, test } from 'vitest';
import { typeUrl } from '../publish/type-table.ts';
import { createMetrics } from './metrics.ts';
import { seriesOf } from './metric-makers.ts';

const metrics = createMetrics();
const table = metrics.sections.flatMap((section) => section.table);
metrics.measureProcess({ version: '1.2.3', command: 'serve' });
const started = await metrics.registry.getMetricsAsJSON();
metrics.close();

test('the table has every metric of the registry, with its help and labels', () => {
  expect(table.map(({ name, help, type }) => ({ name, help, type }))).toEqual(
    started.map(({ name, help, type }) => ({ name, help, type })),
  );
  for (const { name, help } of table) {
    expect(name).toMatch(/^(sluice|process|nodejs)_[a-z_]+$/);
    expect(help).not.toBe('');
  }
});

test.each(table)('$name is named as Prometheus asks', ({ name, type, labels }) => {
  expect(name.endsWith('_total')).toBe(type === 'counter');
  // Milliseconds, minutes, MiB and percentages are no base units; and a scrape must not reset what a quantile is of.
  expect(name).not.toMatch(/_(ms|millis|milliseconds|minutes|hours|kib|mib|percent|ratio_percent)(_|$)/);
  expect(name).not.toMatch(/_(count|sum|bucket)$/);
  expect(Object.keys(labels)).not.toContain('quantile');
});

const fixed = table
  .map((def) => ({ ...def, series: seriesOf(def.labels) }))
  .filter(({ series }) => series.length > 0);

test.each(fixed)('$name has each of its $series.length series from the start', ({ name, series }) => {
  const values = started.find((metric) => metric.name === name)?.values ?? [];
  // A histogram has more series: one for each bucket, the sum and the count.
  const present = new Set(
    values.map(({ labels }) => {
      const { le: _, ...own } = labels as Record<string, unknown>;
      return JSON.stringify(own);
    }),
  );
  expect([...present].sort()).toEqual(series.map((labels) => JSON.stringify(labels)).sort());
});

test('no two registries meet', async () => {
  const [first, second] = [createMetrics(), createMetrics()];
  first.acks.inc({ type: 'Cluster' });
  expect(await first.registry.metrics()).toContain('sluice_xds_acks_total{type="Cluster"} 1');
  expect(await second.registry.metrics()).toContain('sluice_xds_acks_total{type="Cluster"} 0');
});

test('a scrape resets nothing', async () => {
  const own = createMetrics();
  own.eventLoopDelay.observe(0.2);
  own.holds.inc({ reason: 'deadline' });
  const lines = async (): Promise<string[]> =>
    (await own.registry.metrics()).match(/^sluice_(event_loop_delay|xds_holds).*$/gm) ?? [];
  const before = await lines();
  expect(before).toContain('sluice_event_loop_delay_seconds_count 1');
  expect(await lines()).toEqual(before);
});

test('the state of proxies is read at each scrape', async () => {
  const own = createMetrics();
  const total = { behind: 2, oldest: 500, lastGood: 0, rejected: 1 };
  const totals = { now: 2000, types: new Map([[typeUrl.cluster, total]]) };
  own.setProxyTotals(() => totals);
  const values = async () =>
    (await own.registry.metrics()).match(
      /(?<=^sluice_xds_(?:proxies|oldest|last|rejected).*{type="Cluster"} ).*$/gm,
    );
  expect(await values()).toEqual(['2', '1.5', '0', '1']);
  total.behind = 0;
  totals.now = 3000;
  expect(await values()).toEqual(['0', '2.5', '0', '1']);
});
