import { z } from 'zod';

/** Description of one option beside its type. */
export interface OptionMeta {
  readonly description: string;
  /** A live option takes effect when the file changes; the others need a restart. */
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

/** A lane's options; both lanes have the same, with other defaults. */
export function lane(defaults: LaneDefaults): z.ZodPrefault<ReturnType<typeof laneObject>> {
  return laneObject(defaults).prefault({});
}

function laneObject(defaults: LaneDefaults) {
  return z.strictObject({
    windowMs: milliseconds(0, 10_000, defaults.windowMs).meta(
      option(
        'Under a burst the coalescing window stays open until this long after the newest name. A change alone never waits. Longer merges more changes into one wave, shorter sends each sooner; revise by sluice_coalesced_events_total against sluice_window_seconds.',
        'live',
      ),
    ),
    maxWindowMs: milliseconds(0, 60_000, defaults.maxWindowMs).meta(
      option(
        'The window is never open for longer, however long the burst. Longer saves work in a rollout, shorter bounds the wait of its first change; revise by sluice_propagation_seconds{stage="window"}.',
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
          'Worker threads of the lane, its own. Objects that are slow to translate, or fail, have half of them at most, or half of the time of one. More shorten a wave of many batches on a machine with free cores, keep slow objects from others better, and cost a heap each; revise by sluice_propagation_seconds{stage="translate"} and sluice_namespace_translate_seconds.',
        ),
      ),
    batchSize: z
      .int()
      .min(1)
      .max(100_000)
      .default(defaults.batchSize)
      .meta(
        option(
          'Units of one batch. Larger spreads the cost of a hop between threads, smaller keeps the stretches on the main thread short; revise by sluice_event_loop_delay_seconds and sluice_propagation_seconds{stage="translate"}.',
          'live',
        ),
      ),
  });
}
