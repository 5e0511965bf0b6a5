import type { Sample } from './metric-samples.ts';

/** A scrape, at a time of the caller's clock. */
export interface Scrape {
  readonly atMs: number;
  readonly samples: readonly Sample[];
}

/** Rates and lags of a replica between two scrapes. */
export interface Load {
  readonly events: number;
  readonly coalesced: number;
  readonly waves: number;
  readonly units: number;
  /** Share of the main thread, and cores that workers translate on. */
  readonly busyMain: number;
  readonly busyWorkers: number;
  readonly endpointLag: Lag;
  readonly routeLag: Lag;
  readonly proxies: number;
  /** Proxies that lack something of the type that most of them lack. */
  readonly behind: number;
  /** Connections, streams and responses that Sluice or a proxy refused. */
  readonly refused: number;
  readonly slowestUnits: readonly UnitLoad[];
  /** Worker time, which decays by half each minute. */
  readonly namespaces: readonly { readonly namespace: string; readonly seconds: number }[];
}

/** Milliseconds; undefined: nothing arrived. */
export interface Lag {
  readonly p50: number | undefined;
  readonly p99: number | undefined;
}

interface UnitLoad {
  readonly unit: string;
  readonly count: number;
  readonly meanMs: number;
}

const shown = 5;

/** Returns rates a second, of all series: O(series). Undefined after a restart of the process, which starts at 0 again. */
export function loadBetween(before: Scrape, after: Scrape): Load | undefined {
  const seconds = (after.atMs - before.atMs) / 1000;
  const started = 'process_start_time_seconds';
  if (seconds <= 0 || sum(before, started) !== sum(after, started)) return undefined;
  const rise = (name: string): number => sum(after, name) - sum(before, name);
  const rate = (...names: readonly string[]): number =>
    names.reduce((all, name) => all + rise(`sluice_${name}`), 0) / seconds;
  return {
    events: rate('events_total'),
    coalesced: rate('coalesced_events_total'),
    waves: rate('wave_units_count'),
    units: rate('translate_seconds_count'),
    busyMain: Math.min(1, rate('event_loop_active_seconds_total')),
    busyWorkers: rate('translate_seconds_sum'),
    endpointLag: lagOf(before, after, 'sluice_endpoint_lag_seconds', () => true),
    routeLag: lagOf(
      before,
      after,
      'sluice_propagation_seconds',
      ({ lane, stage }) => lane === 'config' && stage === 'total',
    ),
    proxies: sum(after, 'sluice_xds_connected_proxies'),
    behind: Math.max(0, ...named(after, 'sluice_xds_proxies_behind').map(({ value }) => value)),
    refused: rate('xds_refused_total', 'xds_nacks_total'),
    slowestUnits: slowestUnits(before, after),
    namespaces: named(after, 'sluice_namespace_translate_seconds')
      .filter(({ value }) => value > 0)
      .map(({ labels, value }) => ({ namespace: labels['namespace'] ?? '', seconds: value }))
      .sort((a, b) => b.seconds - a.seconds)
      .slice(0, shown),
  };
}

function slowestUnits(before: Scrape, after: Scrape): readonly UnitLoad[] {
  const [counts, sums] = ['count', 'sum'].map((part) => {
    const name = `sluice_translate_seconds_${part}`;
    const old = byLabel(before, name, 'unit');
    return new Map(
      [...byLabel(after, name, 'unit')].map(([unit, value]) => [unit, value - (old.get(unit) ?? 0)]),
    );
  });
  return [...(counts ?? [])]
    .filter(([, count]) => count > 0)
    .map(([unit, count]) => ({ unit, count, meanMs: ((sums?.get(unit) ?? 0) * 1000) / count }))
    .sort((a, b) => b.meanMs - a.meanMs)
    .slice(0, shown);
}

/** Reads quantiles of what arrived between the scrapes: the upper bound of the bucket that has it. */
function lagOf(
  before: Scrape,
  after: Scrape,
  name: string,
  isMeant: (labels: Sample['labels']) => boolean,
): Lag {
  const buckets = (scrape: Scrape): ReadonlyMap<string, number> =>
    byLabel(
      { ...scrape, samples: scrape.samples.filter(({ labels }) => isMeant(labels)) },
      `${name}_bucket`,
      'le',
    );
  const old = buckets(before);
  const rises = [...buckets(after)]
    .map(([le, count]) => ({
      bound: le === '+Inf' ? Infinity : Number(le),
      count: count - (old.get(le) ?? 0),
    }))
    .sort((a, b) => a.bound - b.bound);
  const total = rises.at(-1)?.count ?? 0;
  const quantile = (share: number): number | undefined =>
    total === 0 ? undefined : (rises.find(({ count }) => count >= share * total)?.bound ?? Infinity) * 1000;
  return { p50: quantile(0.5), p99: quantile(0.99) };
}

function named({ samples }: Scrape, name: string): readonly Sample[] {
  return samples.filter((sample) => sample.name === name);
}

function sum(scrape: Scrape, name: string): number {
  return named(scrape, name).reduce((all, { value }) => all + value, 0);
}

function byLabel(scrape: Scrape, name: string, label: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { labels, value } of named(scrape, name)) {
    const key = labels[label] ?? '';
    found.set(key, (found.get(key) ?? 0) + value);
  }
  return found;
}
