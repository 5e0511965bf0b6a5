import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/**
 * Values of each label: a list, of which every series exists from the start, so that a first event is a rise; or words for
 * values that only a run knows, of which a series exists once there is one.
 */
export type Labels = Readonly<Record<string, readonly string[] | string>>;

export interface MetricDef {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: Labels;
}

/** A value that is not in the table does not compile. */
export type LabelsOf<L extends Labels> = {
  readonly [K in keyof L]: L[K] extends readonly (infer V)[] ? V : string;
};

/** Without labels, `L` is `Labels` itself. */
type Arguments<L extends Labels, Value extends unknown[]> = string extends keyof L
  ? Value
  : [labels: LabelsOf<L>, ...Value];

interface Sample<L extends Labels> {
  readonly labels: Partial<LabelsOf<L>> & { readonly le?: number | string };
  readonly value: number;
  /** Name with `_bucket`, `_sum` or `_count`, for samples of a histogram. */
  readonly metricName?: string;
}

interface Readable<L extends Labels> {
  /** Returns the present values, as a scrape does. */
  get(): Promise<{ readonly values: readonly Sample<L>[] }>;
}

export interface CounterOf<L extends Labels> extends Readable<L> {
  inc(...args: Arguments<L, [value?: number]>): void;
}

export interface GaugeOf<L extends Labels> extends Readable<L> {
  set(...args: Arguments<L, [value: number]>): void;
  inc(...args: Arguments<L, [value?: number]>): void;
  dec(...args: Arguments<L, [value?: number]>): void;
  /** Removes all series. */
  reset(): void;
}

export interface HistogramOf<L extends Labels> extends Readable<L> {
  observe(...args: Arguments<L, [value: number]>): void;
}

/** Makes metrics in a registry, under names that begin with `sluice_` unless others share them, and keeps their table. */
export class MetricMakers {
  readonly table: MetricDef[] = [];
  readonly #registers: Registry[];

  constructor(registry: Registry) {
    this.#registers = [registry];
  }

  counter<const L extends Labels>(name: string, help: string, labels?: L): CounterOf<L> {
    const made = new Counter(this.#define('counter', name, help, labels));
    for (const series of seriesOf(labels)) made.inc(series, 0);
    return made as unknown as CounterOf<L>;
  }

  /** `collect` sets the values at each scrape. */
  gauge<const L extends Labels>(
    name: string,
    help: string,
    labels?: L,
    collect?: (gauge: GaugeOf<L>) => void,
  ): GaugeOf<L> {
    const made: Gauge = new Gauge({
      ...this.#define('gauge', name, help, labels),
      ...(collect === undefined ? {} : { collect: () => collect(made as unknown as GaugeOf<L>) }),
    });
    for (const series of seriesOf(labels)) made.set(series, 0);
    return made as unknown as GaugeOf<L>;
  }

  histogram<const L extends Labels>(
    name: string,
    help: string,
    buckets: number[],
    labels?: L,
  ): HistogramOf<L> {
    const made = new Histogram({ ...this.#define('histogram', name, help, labels), buckets });
    for (const series of seriesOf(labels)) made.zero(series);
    return made as unknown as HistogramOf<L>;
  }

  #define(type: MetricDef['type'], shortName: string, help: string, labels: Labels = {}) {
    const name = /^(process|nodejs)_/.test(shortName) ? shortName : `sluice_${shortName}`;
    this.table.push({ name, type, help, labels });
    return { name, help, labelNames: Object.keys(labels), registers: this.#registers };
  }
}

/** Lists each set of values of labels that have fixed ones; none when the values of a label are not known before. */
export function seriesOf(labels: Labels = {}): readonly Readonly<Record<string, string>>[] {
  let sets: Record<string, string>[] = [{}];
  for (const [name, values] of Object.entries(labels)) {
    if (typeof values === 'string') return [];
    sets = sets.flatMap((set) => values.map((value) => ({ ...set, [name]: value })));
  }
  return sets;
}
