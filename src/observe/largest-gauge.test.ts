import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { LargestGauge } from './largest-gauge.ts';
import { MetricMakers } from './metric-makers.ts';

test('the namespaces with the most are shown, the others as one, and earlier ones are removed', async () => {
  const registry = new Registry();
  const gauge = new LargestGauge(new MetricMakers(registry), 'namespace', 'namespace_things', 'Things');
  const values = async (): Promise<string[]> =>
    (await registry.metrics()).split('\n').filter((line) => line.startsWith('sluice_namespace_things{'));
  expect(await values()).toEqual(['sluice_namespace_things{namespace=""} 0']);
  gauge.read = () => [...Array.from({ length: 500 }, (_, i) => [`n${i}`, i] as const), ['', 1000]];
  const many = await values();
  expect(many).toHaveLength(20);
  expect(many[0]).toBe('sluice_namespace_things{namespace="n499"} 499');
  // 0 to 480, and the value without a namespace.
  expect(many.at(-1)).toBe(`sluice_namespace_things{namespace=""} ${(480 * 481) / 2 + 1000}`);
  gauge.read = () => [['n1', 0.5]];
  expect(await values()).toEqual([
    'sluice_namespace_things{namespace="n1"} 0.5',
    'sluice_namespace_things{namespace=""} 0',
  ]);
});
