import { decodeBatch } from '../batch/translate-batch.ts';
import { encodeResult, type WorkerOutcome } from '../batch/translate-result.ts';
import { stackText } from '../lib/failure.ts';
import { parseUnitName } from '../units/unit.ts';
import type { Unit } from '../units/unit-def.ts';
import { BatchReader } from './batch-reader.ts';
import { translateUnit } from './translate.ts';

/**
 * Translates one batch: bytes in, bytes out, nothing kept. What a worker runs, and what `inline` mode runs without one.
 *
 * One unit's failure is that unit's outcome and no other's. `now`, in milliseconds, is for the time that each takes, which
 * is told and changes nothing.
 */
export function translateBatch(bytes: Uint8Array, now: () => number = notMeasured): Uint8Array<ArrayBuffer> {
  const batch = decodeBatch(bytes);
  const reader = new BatchReader(batch);
  return encodeResult(batch.units.map((name) => outcomeOf(parseUnitName(name), reader, now)));
}

function outcomeOf(unit: Unit, reader: BatchReader, now: () => number): WorkerOutcome {
  try {
    const startedAt = now();
    const output = translateUnit(unit, reader);
    const micros = Math.round((now() - startedAt) * 1000);
    const needs = reader.takeMissing();
    const reads = reader.takeReads();
    return needs.length > 0 ? { kind: 'need', reads, needs } : { kind: 'ok', reads, output, micros };
  } catch (error) {
    const needs = reader.takeMissing();
    const reads = reader.takeReads();
    // An error says nothing while rows are missing that may exist.
    return needs.length > 0
      ? { kind: 'need', reads, needs }
      : { kind: 'fault', reads, message: stackText(error) };
  }
}

function notMeasured(): number {
  return 0;
}
