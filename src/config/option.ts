import { z } from 'zod';

export interface OptionMeta {
  readonly description: string;
  /** True when a change of the file applies at once, false when it needs a restart. */
  readonly live: boolean;
}

export function option(description: string, when: 'live' | 'restart' = 'restart'): OptionMeta & z.GlobalMeta {
  return { description, live: when === 'live' };
}

export function milliseconds(min: number, max: number, byDefault: number): z.ZodDefault<z.ZodNumber> {
  return z.number().min(min).max(max).default(byDefault);
}

export function portNumber(byDefault: number): z.ZodDefault<z.ZodInt> {
  return z.int().min(0).max(65_535).default(byDefault);
}

interface LaneDefaults {
  readonly windowMs: number;
  readonly maxWindowMs: number;
  readonly batchSize: number;
}

export function lane(defaults: LaneDefaults): z.ZodPrefault<ReturnType<typeof laneObject>> {
  return laneObject(defaults).prefault({});
}

function laneObject(defaults: LaneDefaults) {
  return z.strictObject({
    windowMs: milliseconds(0, 10_000, defaults.windowMs).meta(
      option(
        'In a burst, changes are collected until none has come for this long. A single change never waits. Longer merges more changes into one wave, shorter sends each sooner; revise by sluice_coalesced_events_total against sluice_window_seconds.',
        'live',
      ),
    ),
    maxWindowMs: milliseconds(0, 60_000, defaults.maxWindowMs).meta(
      option(
        'Longest time for which changes of a burst are collected. Longer saves work in a rollout, shorter bounds the wait of its first change; revise by sluice_propagation_seconds{stage="window"}.',
        'live',
      ),
    ),
    workers: z
      .int()
      .min(1)
      .max(128)
      .default(1)
      .meta(
        option(
          'Worker threads of this lane. Objects that are slow to translate, or fail, use at most half of them, or half of the time of a single one. More translate large waves sooner when cores are free, and separate slow objects better; each costs a heap; revise by sluice_propagation_seconds{stage="translate"} and sluice_namespace_translate_seconds.',
        ),
      ),
    batchSize: z
      .int()
      .min(1)
      .max(100_000)
      .default(defaults.batchSize)
      .meta(
        option(
          'Units in one batch. Larger batches share the cost of a message to a worker, smaller ones hold the main thread for less time; revise by sluice_event_loop_delay_seconds and sluice_propagation_seconds{stage="translate"}.',
          'live',
        ),
      ),
  });
}
