import { Gauge, type Registry } from 'prom-client';

/** Namespaces with a series of their own: those that use most of something that all share. */
const shown = 20;

/**
 * A gauge of what namespaces have of something, read at each scrape. The twenty with the most have a series each, so that its
 * number does not grow with theirs; the one without a name is the sum of the others.
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
