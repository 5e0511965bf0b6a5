import { decodeBatch } from '../batch/translate-batch.ts';
import { encodeResult, type WorkerOutcome } from '../batch/translate-result.ts';
import { stackText } from '../lib/failure.ts';
import { parseUnitName } from '../units/unit.ts';
import type { Unit } from '../units/unit-def.ts';
import { BatchReader } from './batch-reader.ts';
import { translateUnit } from './translate.ts';

/**
 * Keeps nothing. One unit's failure is that unit's outcome and no other's. `now`, in milliseconds, changes no output; but
 * units that have not started after `batchMs` are left for another batch, as others share the worker. `cpu` is the CPU time
 * of the thread, in milliseconds: on a busy machine, a unit that waited for a core is not slow.
 */
export function translateBatch(
  bytes: Uint8Array,
  now: () => number = notMeasured,
  cpu?: () => number,
): Uint8Array<ArrayBuffer> {
  const batch = decodeBatch(bytes);
  const reader = new BatchReader(batch);
  const endAt = now() + batchMs;
  const timer = new UnitTimer(now, cpu);
  return encodeResult(
    batch.units.map((name, i) =>
      i > 0 && now() >= endAt ? { kind: 'later', reads: [] } : outcomeOf(parseUnitName(name), reader, timer),
    ),
  );
}

/** Asks for CPU time only where a unit took long, as the question costs microseconds. */
class UnitTimer {
  readonly #now: () => number;
  readonly #cpu: (() => number) | undefined;
  #startedAt = 0;
  #cpuAt: number;

  constructor(now: () => number, cpu: (() => number) | undefined) {
    this.#now = now;
    this.#cpu = cpu;
    this.#cpuAt = cpu?.() ?? 0;
  }

  start(): void {
    this.#startedAt = this.#now();
  }

  get micros(): number {
    const passed = this.#now() - this.#startedAt;
    if (passed < longMs || this.#cpu === undefined) return Math.round(passed * 1000);
    const cpuAt = this.#cpu();
    const used = cpuAt - this.#cpuAt;
    this.#cpuAt = cpuAt;
    return Math.round(Math.min(passed, used) * 1000);
  }
}

/** Less than what makes a unit slow. */
const longMs = 10;

/**
 * Several times what a full batch of usual units takes. Longer has others wait longer behind units that turn out to be
 * slow, shorter sends rows in vain; revise by sluice_batch_cuts_total.
 */
const batchMs = 100;

function outcomeOf(unit: Unit, reader: BatchReader, timer: UnitTimer): WorkerOutcome {
  timer.start();
  try {
    const output = translateUnit(unit, reader);
    const needs = reader.takeMissing();
    const reads = reader.takeReads();
    return needs.length > 0
      ? { kind: 'need', reads, needs, micros: timer.micros }
      : { kind: 'ok', reads, output, micros: timer.micros };
  } catch (error) {
    const needs = reader.takeMissing();
    const reads = reader.takeReads();
    // An error may come from rows that are missing here and exist.
    return needs.length > 0
      ? { kind: 'need', reads, needs, micros: timer.micros }
      : { kind: 'fault', reads, message: stackText(error), micros: timer.micros };
  }
}

function notMeasured(): number {
  return 0;
}
