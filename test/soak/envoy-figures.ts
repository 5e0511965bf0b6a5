import type { EnvoyChild } from '../envoy/envoy-child.ts';
import type { Metrics } from '../../src/observe/metrics.ts';
import type { SoakPorts } from './scenario.ts';

/**
 * How Envoy itself sees the end of a scenario: nothing refused, unless that is the point, nothing that waits, and it
 * knows who serves it.
 */
export async function endOf(
  { envoy }: { readonly envoy: EnvoyChild },
  report: SoakPorts['report'],
  { isRefused = false } = {},
): Promise<void> {
  const refused = await sum(envoy, 'update_rejected$');
  report('updates that Envoy refused', refused, ...(isRefused ? [] : [0]));
  report(
    'clusters and listeners that are still warming',
    await sum(envoy, 'warming_clusters$|total_listeners_warming$'),
    0,
  );
  report('cluster updates that Envoy took', await envoy.stat('cluster_manager.cds.update_success'));
  const identifier = await envoy.text('control_plane.identifier');
  report('missing control_plane.identifier', identifier === '' ? 1 : 0, 0);
}

/** The highest that stats have been: those of a cluster are gone with it. */
export class Worst {
  readonly #envoy: EnvoyChild;
  readonly #names: readonly string[];
  readonly #highest = new Map<string, number>();
  #sampledAt = 0;

  /** By the end of their names. */
  constructor(envoy: EnvoyChild, names: readonly string[]) {
    this.#envoy = envoy;
    this.#names = names;
  }

  /** As often as you like: once in half a second it asks. */
  async sample(): Promise<void> {
    if (performance.now() - this.#sampledAt < everyMs) return;
    this.#sampledAt = performance.now();
    for (const name of this.#names) {
      const total = await sum(this.#envoy, `${name.replaceAll('.', '\\.')}$`);
      this.#highest.set(name, Math.max(this.of(name), total));
    }
  }

  of(name: string): number {
    return this.#highest.get(name) ?? 0;
  }
}

const everyMs = 500;

/** A quantile of the time from a response to its ACK, endpoints left out: the upper bound of its bucket. */
export async function stageMs(metrics: Metrics, quantile: number): Promise<number> {
  const { values } = await metrics.propagation.get();
  const buckets = values.filter(({ labels }) => labels.lane === 'config' && labels.stage === 'ack');
  const count = buckets.find(({ metricName }) => metricName?.endsWith('_count'))?.value ?? 0;
  const bounds = buckets.flatMap(({ labels, value }) => {
    // A label that its type does not know of.
    const le: unknown = Object.entries(labels).find(([name]) => name === 'le')?.[1];
    return typeof le === 'number' && value >= quantile * count ? [le] : [];
  });
  return count === 0 ? NaN : Math.min(Infinity, ...bounds) * 1000;
}

async function sum(envoy: EnvoyChild, filter: string): Promise<number> {
  return [...(await envoy.stats(filter)).values()].reduce((total, value) => total + value, 0);
}
