import { expect, test } from 'vitest';
import { typeUrl } from '../publish/type-table.ts';
import { createMetrics } from './metrics.ts';

test('every metric has the prefix or a name that all programs share, help, and no two registries meet', async () => {
  const first = createMetrics();
  const second = createMetrics();
  first.acks.inc({ type: 'cds' });
  expect(await first.registry.metrics()).toContain('sluice_xds_acks_total{type="cds"} 1');
  expect(await second.registry.metrics()).not.toContain('type="cds"');
  for (const { name, help } of await first.registry.getMetricsAsJSON()) {
    expect(name).toMatch(/^(sluice|process)_[a-z_]+$/);
    expect(help).not.toBe('');
  }
  first.close();
  second.close();
});

test('the event loop is reported as seconds from the first scrape on', async () => {
  const metrics = createMetrics();
  const { values } = await metrics.eventLoopDelay.get();
  expect(values.map(({ labels }) => labels['quantile'])).toEqual(['0.5', '0.99', '1']);
  for (const { value } of values) expect(value).toSatisfy((late: number) => late >= 0 && late < 60);
  metrics.close();
});

test('the state of proxies is read at each scrape', async () => {
  const metrics = createMetrics();
  const total = { behind: 2, oldest: 500, lastGood: 0, rejected: 1 };
  const totals = { now: 2000, types: new Map([[typeUrl.cluster, total]]) };
  metrics.setProxyTotals(() => totals);
  const values = async () =>
    (await metrics.registry.metrics()).match(/(?<=^sluice_xds_(?:proxies|oldest|last|refused).*} ).*$/gm);
  expect(await values()).toEqual(['2', '1.5', '0', '1']);
  total.behind = 0;
  totals.now = 3000;
  expect(await values()).toEqual(['0', '2.5', '0', '1']);
  metrics.close();
});
