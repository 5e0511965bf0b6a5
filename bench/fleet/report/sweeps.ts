import { estimate } from '../measure/statistics.ts';
import type { Run } from './results.ts';

export interface SweptKnob {
  readonly knob: string;
  readonly values: readonly number[];
  /** Medians of the blocks by the name of the figure, one for each value. */
  readonly figures: ReadonlyMap<string, readonly number[]>;
}

/** Reads the series of the scenario `tuning`, whose names are `KNOB|value` and `KNOB|FIGURE`. */
export function sweepsOf(runs: readonly Run[]): SweptKnob[] {
  const names = [...new Set(runs.flatMap(({ series }) => Object.keys(series)))];
  const knobs = [...new Set(names.map((name) => name.split('|')[0] ?? ''))];
  return knobs.map((knob) => {
    const values = runs.flatMap(({ series }) => series[`${knob}|value`] ?? []);
    const own = names.filter((name) => name.startsWith(`${knob}|`) && name !== `${knob}|value`);
    const of = [...new Set(values)];
    const median = (name: string, i: number): number =>
      estimate(runs.flatMap(({ series }) => series[name]?.[i] ?? [])).median;
    return {
      knob,
      values: of,
      figures: new Map(own.map((name) => [name.slice(knob.length + 1), of.map((_, i) => median(name, i))])),
    };
  });
}
