import type { Clock } from '../lib/clock.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { SparseLines } from '../observe/sparse-lines.ts';
import { workerEndReason } from '../pool/retry.ts';
import type { LaneName } from '../units/unit-def.ts';
import type { Wave } from './wave.ts';

export class LaneReports {
  readonly #log: Log;
  readonly #metrics: Metrics;
  /** Limits the lines: every wave of every fleet may have the same to say. */
  readonly #lines: SparseLines<'late' | 'ended'>;

  constructor(log: Log, metrics: Metrics, clock: Clock) {
    this.#log = log;
    this.#metrics = metrics;
    this.#lines = new SparseLines(clock);
  }

  workerEnded(lane: LaneName, error: Error): void {
    this.#lines.say('ended', (unsaid) =>
      this.#log.warn(
        { lane, error: error.message, ...unsaid },
        'a worker ended without an answer; its units go again, alone',
      ),
    );
    this.#metrics.workerRestarts.inc({ lane, reason: workerEndReason(error) });
  }

  waveDone(lane: LaneName, wave: Wave, commitMs: number, dirty: number): void {
    const { window, waveUnits, propagation, dirtyUnits } = this.#metrics;
    window.observe({ lane }, wave.windowMs / 1000);
    waveUnits.observe({ lane }, wave.members.size);
    propagation.observe({ lane, stage: 'window' }, wave.windowMs / 1000);
    propagation.observe({ lane, stage: 'translate' }, wave.translateMs / 1000);
    propagation.observe({ lane, stage: 'commit' }, commitMs / 1000);
    dirtyUnits.set({ lane }, dirty);
    if (wave.late === 0) return;
    this.#lines.say('late', (unsaid) =>
      this.#log.warn({ lane, units: wave.late, ...unsaid }, 'published without units whose worker is late'),
    );
  }
}
