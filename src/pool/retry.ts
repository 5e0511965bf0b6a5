import type { EncodedBatch } from '../batch/translate-batch.ts';
import { decodeResult } from '../batch/translate-result.ts';
import type { Outcome } from '../batch/outcome.ts';
import type { UnitName } from '../lib/key.ts';
import { DeadlineExceeded, type TranslatePool } from './translate-pool.ts';

/**
 * Translates units, whatever their batch does to its worker. When the worker ends without an answer, each unit goes once
 * more, alone; one that ends its worker again gets the outcome `fault`, and so the others are not held back by it.
 * `isolated`: not even the first try may be done outside of a thread.
 */
export async function translateUnits(
  units: readonly UnitName[],
  encode: (units: readonly UnitName[]) => EncodedBatch,
  pool: TranslatePool,
  isolated: boolean,
  onWorkerEnd: (error: Error) => void,
): Promise<readonly Outcome[]> {
  try {
    return await run(encode(units), pool, isolated);
  } catch (error) {
    onWorkerEnd(asError(error));
  }
  const outcomes: Outcome[] = [];
  for (const unit of units) {
    const batch = encode([unit]);
    try {
      outcomes.push(...(await run(batch, pool, true)));
    } catch (error) {
      onWorkerEnd(asError(error));
      const message = `ended its worker twice: ${asError(error).message}`;
      outcomes.push({ kind: 'fault', unit, reads: batch.keys, message, micros: 0 });
    }
  }
  return outcomes;
}

async function run(batch: EncodedBatch, pool: TranslatePool, isolated: boolean): Promise<Outcome[]> {
  return decodeResult(await pool.run(batch.bytes, isolated), batch);
}

/** In the words of the metric `worker_restarts_total`. */
export function workerEndReason(error: Error): 'deadline' | 'memory' | 'crash' {
  if (error instanceof DeadlineExceeded) return 'deadline';
  return 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'crash';
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
