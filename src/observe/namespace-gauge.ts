import { Gauge, type Registry } from 'prom-client';

/** Number of namespaces with a series of their own. */
const shown = 20;

/**
 * Gauge by namespace, read at each scrape. Only the namespaces with the most have a series each, so that the number
 * of series is bounded; the one without a name is the sum of the others.
 */
export class NamespaceGauge {
  read: () => Iterable<readonly [string, number]> = () => [];

  constructor(name: string, help: string, registers: Registry[]) {
    const gauge: Gauge<'namespace'> = new Gauge<'namespace'>({
      name: `sluice_namespace_${name}`,
      help: `${help}; of the twenty namespaces with the most, and of all others together under an empty name`,
      labelNames: ['namespace'],
      registers,
      collect: () => this.#collect(gauge),
    });
  }

  #collect(gauge: Gauge<'namespace'>): void {
    gauge.reset();
    const all = [...this.read()].filter(([, value]) => value > 0).sort(([, a], [, b]) => b - a);
    for (const [namespace, value] of all.slice(0, shown))
      if (namespace !== '') gauge.set({ namespace }, value);
    const rest = all.filter(([namespace], i) => i >= shown || namespace === '');
    gauge.set(
      { namespace: '' },
      rest.reduce((sum, [, value]) => sum + value, 0),
    );
  }
}
