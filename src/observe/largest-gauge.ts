import type { GaugeOf, MetricMakers } from './metric-makers.ts';

/** Number of namespaces or Gateways with a series of their own. */
const shown = 20;

type Label = 'gateway' | 'namespace';
type OneLabel = Readonly<Record<Label, string>>;

/**
 * Gauge by namespace or Gateway, read at each scrape. Only those with the most have a series each, as tenants make as many
 * as they like. The series with an empty label is for all others: their sum, or the largest of them.
 */
export class LargestGauge {
  read: () => Iterable<readonly [string, number]> = () => [];
  readonly #gauge: GaugeOf<OneLabel>;

  constructor(
    makers: MetricMakers,
    label: Label,
    name: string,
    help: string,
    others: 'sum' | 'largest' = 'sum',
  ) {
    // It has one of them.
    const of = (value: string): OneLabel => ({ [label]: value }) as unknown as OneLabel;
    this.#gauge = makers.gauge<OneLabel>(
      name,
      `${help}; of the twenty ${label}s with the most, and under an empty ${label} ${others === 'sum' ? 'of all others together' : 'the most of all others'}`,
      of(`a ${label}, or empty`),
      (gauge) => {
        gauge.reset();
        const all = [...this.read()].filter(([, value]) => value > 0).sort(([, a], [, b]) => b - a);
        const own = new Set(all.slice(0, shown).filter(([key]) => key !== ''));
        for (const [key, value] of own) gauge.set(of(key), value);
        const rest = all.filter((entry) => !own.has(entry)).map(([, value]) => value);
        const together =
          others === 'sum' ? rest.reduce((sum, value) => sum + value, 0) : Math.max(0, ...rest);
        gauge.set(of(''), together);
      },
    );
  }

  get(): ReturnType<GaugeOf<OneLabel>['get']> {
    return this.#gauge.get();
  }
}
