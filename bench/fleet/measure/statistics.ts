import { growthExponent } from '../../../test/rig/load/quantiles.ts';

export interface Estimate {
  readonly median: number;
  /** Ends of the 95 % interval; equal to the median where there is a single block. */
  readonly low: number;
  readonly high: number;
}

/** Median with the bootstrap interval: medians of samples drawn with replacement. */
export function estimate(values: readonly number[]): Estimate {
  return bootstrap(values, median);
}

export interface Point {
  readonly size: number;
  readonly cost: number;
}

/** Slope of log(cost) over log(size), from the medians of each size; each size is drawn by itself. */
export function growth(points: readonly Point[]): Estimate {
  const sizes = [...new Set(points.map(({ size }) => size))];
  const costs = sizes.map((size) => points.filter((point) => point.size === size).map(({ cost }) => cost));
  const slope = (samples: readonly (readonly number[])[]): number =>
    growthExponent(sizes.map((size, i) => ({ size, cost: Math.max(median(samples[i] ?? []), 1e-9) })));
  const random = generator();
  const drawn = Array.from({ length: draws }, () => slope(costs.map((values) => resample(values, random))));
  return interval(slope(costs), drawn);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

function bootstrap(values: readonly number[], statistic: (sample: readonly number[]) => number): Estimate {
  const random = generator();
  const drawn = Array.from({ length: draws }, () => statistic(resample(values, random)));
  return interval(statistic(values), drawn);
}

function interval(value: number, drawn: readonly number[]): Estimate {
  const sorted = [...drawn].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? value;
  return { median: value, low: at(0.025), high: at(0.975) };
}

function resample(values: readonly number[], random: () => number): number[] {
  return values.map(() => values[Math.floor(random() * values.length)] ?? Number.NaN);
}

/** Equal results give equal intervals, so that a page made twice is the same: the seed is fixed (mulberry32). */
function generator(): () => number {
  let state = 1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const draws = 2000;
