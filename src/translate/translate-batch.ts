import { decodeBatch } from '../batch/translate-batch.ts';
import { encodeResult, type WorkerOutcome } from '../batch/translate-result.ts';
import { stackText } from '../lib/failure.ts';
import { parseUnitName } from '../units/unit.ts';
import type { Unit } from '../units/unit-def.ts';
import { BatchReader } from './batch-reader.ts';
import { translateUnit } from './translate.ts';

/**
 * Keeps nothing. One unit's failure is that unit's outcome and no other's. `now`, in milliseconds, changes no output; but
 * units that have not started after `batchMs` are left for another batch, as others share the worker.
 */
export function translateBatch(bytes: Uint8Array, now: () => number = notMeasured): Uint8Array<ArrayBuffer> {
  const batch = decodeBatch(bytes);
  const reader = new BatchReader(batch);
  const endAt = now() + batchMs;
  return encodeResult(
    batch.units.map((name, i) =>
      i > 0 && now() >= endAt ? { kind: 'later', reads: [] } : outcomeOf(parseUnitName(name), reader, now),
    ),
  );
}

/**
 * Several times what a full batch of usual units takes. Longer has others wait longer behind units that turn out to be
 * slow, shorter sends rows in vain; revise by sluice_batch_cuts_total.
 */
const batchMs = 100;

function outcomeOf(unit: Unit, reader: BatchReader, now: () => number): WorkerOutcome {
  const startedAt = now();
  const micros = (): number => Math.round((now() - startedAt) * 1000);
  try {
    const output = translateUnit(unit, reader);
    const needs = reader.takeMissing();
    const reads = reader.takeReads();
    return needs.length > 0
      ? { kind: 'need', reads, needs, micros: micros() }
      : { kind: 'ok', reads, output, micros: micros() };
  } catch (error) {
    const needs = reader.takeMissing();
    const reads = reader.takeReads();
    // An error may come from rows that are missing here and exist.
    return needs.length > 0
      ? { kind: 'need', reads, needs, micros: micros() }
      : { kind: 'fault', reads, message: stackText(error), micros: micros() };
  }
}

function notMeasured(): number {
  return 0;
}
