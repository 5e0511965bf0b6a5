import type { Buckets } from './shapes.ts';

/** Metric as far as it is read here. */
interface Readable {
  get(): Promise<{ readonly values: readonly Sample[] }>;
}

interface Sample {
  readonly labels: Readonly<Record<string, string | number | undefined>>;
  readonly value: number;
  readonly metricName?: string;
}

/** Returns the values of a counter or gauge by one of its labels. */
export async function valuesBy(metric: Readable, label: string): Promise<Readonly<Record<string, number>>> {
  const { values } = await metric.get();
  const sums: Record<string, number> = {};
  for (const { labels, value } of values) {
    const key = String(labels[label] ?? '');
    sums[key] = (sums[key] ?? 0) + value;
  }
  return sums;
}

export async function valueOf(metric: Readable): Promise<number> {
  const { values } = await metric.get();
  return values.reduce((sum, { value }) => sum + value, 0);
}

/** Returns a histogram by the values of its labels, joined by a space in their order; under '' without labels. */
export async function bucketsBy(
  metric: Readable,
  ...names: readonly string[]
): Promise<ReadonlyMap<string, Buckets>> {
  const { values } = await metric.get();
  const series = new Map<string, { counts: number[]; sum: number }>();
  for (const { labels, value, metricName } of values) {
    const key = names.map((name) => labels[name]).join(' ');
    let one = series.get(key);
    if (one === undefined) series.set(key, (one = { counts: [], sum: 0 }));
    if (metricName?.endsWith('_bucket') === true) one.counts.push(value);
    else if (metricName?.endsWith('_sum') === true) one.sum = value;
  }
  return series;
}
