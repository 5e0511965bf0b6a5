import type { EnvoyChild } from '../rig/envoy/envoy-child.ts';
import type { Metrics } from '../../src/observe/metrics.ts';
import type { SoakPorts } from '../rig/load/scenario.ts';

/** As Envoy sees the end: nothing rejected, unless meant, nothing that waits, and it knows who serves it. */
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

/** Highest values of stats: those of a cluster disappear with it. */
export class Worst {
  readonly #envoy: EnvoyChild;
  readonly #names: readonly string[];
  readonly #highest = new Map<string, number>();
  #sampledAt = 0;

  /** Names are matched at their end. */
  constructor(envoy: EnvoyChild, names: readonly string[]) {
    this.#envoy = envoy;
    this.#names = names;
  }

  /** Call it often: it asks every half second. */
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

export async function ackTimes(metrics: Metrics): Promise<AckTimes> {
  const { values } = await metrics.propagation.get();
  const own = values.filter(({ labels }) => labels.lane === 'config' && labels.stage === 'ack');
  const count = own.find(({ metricName }) => metricName?.endsWith('_count') === true)?.value ?? 0;
  const bounds = own.flatMap(({ labels, value }): [number, number][] => {
    // A label that its type does not have.
    const le: unknown = Object.entries(labels).find(([name]) => name === 'le')?.[1];
    return typeof le === 'number' ? [[le * 1000, value]] : [];
  });
  return {
    quantileMs: (quantile) => bounds.find(([, within]) => within >= quantile * count)?.[0] ?? Infinity,
    percentLaterThan: (ms) => 100 - (100 * (bounds.find(([bound]) => bound >= ms)?.[1] ?? 0)) / count,
  };
}

interface AckTimes {
  /** Upper bound of the quantile's bucket. */
  readonly quantileMs: (quantile: number) => number;
  /** Exact at a bucket's bound. */
  readonly percentLaterThan: (ms: number) => number;
}

async function sum(envoy: EnvoyChild, filter: string): Promise<number> {
  return [...(await envoy.stats(filter)).values()].reduce((total, value) => total + value, 0);
}
