import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Returns functions that make metrics in the registries, under names that begin with `sluice_`. */
export function metricMakers(registers: Registry[]) {
  return {
    histogram: <L extends string>(name: string, help: string, buckets: number[], ...labelNames: L[]) =>
      new Histogram<L>({ name: `sluice_${name}`, help, buckets, labelNames, registers }),
    counter: <L extends string>(name: string, help: string, ...labelNames: L[]) =>
      new Counter<L>({ name: `sluice_${name}`, help, labelNames, registers }),
    gauge: <L extends string>(name: string, help: string, ...labelNames: L[]) =>
      new Gauge<L>({ name: `sluice_${name}`, help, labelNames, registers }),
  };
}
