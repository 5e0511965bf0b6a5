import type { KubeClient } from '../../rig/kube/kube-client.ts';
import { samples, sluicePods } from '../sluice.ts';

/** Count by upper bound in seconds, of a histogram of all replicas. */
export type Lags = ReadonlyMap<number, number>;

/** Figures of every replica since it started. */
export interface Looked {
  /** From the event to the ACK: `sluice_propagation_seconds`. */
  readonly lags: Readonly<Record<'endpoints' | 'config', Lags>>;
  /** Delays of timers on main threads. */
  readonly late: Lags;
}

export async function look(kube: KubeClient): Promise<Looked> {
  const lags = { endpoints: new Map<number, number>(), config: new Map<number, number>() };
  const late = new Map<number, number>();
  for (const pod of await sluicePods(kube)) {
    for (const { name, labels, value } of await samples(pod)) {
      const bound = Number((/le="([^"]+)"/.exec(labels)?.[1] ?? '').replace('+Inf', 'Infinity'));
      if (name === 'sluice_event_loop_delay_seconds_bucket') late.set(bound, (late.get(bound) ?? 0) + value);
      if (name !== 'sluice_propagation_seconds_bucket' || !labels.includes('stage="total"')) continue;
      const lane = labels.includes('lane="endpoints"') ? 'endpoints' : 'config';
      lags[lane].set(bound, (lags[lane].get(bound) ?? 0) + value);
    }
  }
  return { lags, late };
}

/** The sum of the counts between each pair of looks. */
export function between(pairs: readonly (readonly [Lags, Lags])[]): Lags {
  const sum = new Map<number, number>();
  for (const [before, after] of pairs)
    for (const [bound, within] of after)
      sum.set(bound, (sum.get(bound) ?? 0) + within - (before.get(bound) ?? 0));
  return sum;
}

export function count(lags: Lags): number {
  return lags.get(Infinity) ?? 0;
}

/** Upper bound of all that was counted, in milliseconds; 0 when nothing was. */
export function highestMs(lags: Lags): number {
  const all = count(lags);
  const bounds = [...lags].filter(([, within]) => within >= all).map(([bound]) => bound);
  return all === 0 ? 0 : Math.min(...bounds) * 1000;
}

/** Milliseconds; interpolates within a bucket, as `histogram_quantile` of Prometheus does. */
export function quantileMs(lags: Lags, quantile: number): number {
  const rank = quantile * count(lags);
  let [below, from] = [0, 0];
  for (const [bound, within] of [...lags].toSorted(([a], [b]) => a - b)) {
    if (within >= rank && within > below) {
      if (bound === Infinity) return from * 1000;
      return (from + ((bound - from) * (rank - below)) / (within - below)) * 1000;
    }
    [below, from] = [within, bound];
  }
  return NaN;
}
