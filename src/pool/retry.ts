import type { EncodedBatch } from '../batch/translate-batch.ts';
import { decodeResult } from '../batch/translate-result.ts';
import type { Outcome } from '../batch/outcome.ts';
import type { UnitName } from '../lib/key.ts';
import { DeadlineExceeded, type TranslatePool } from './translate-pool.ts';

/**
 * Translates units, even when one of them ends its worker: then each is sent once more, alone, and one that ends its
 * worker again gets the outcome `fault`. `isolated`: even the first try needs a thread.
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

/** Returns a label of the metric `worker_restarts_total`. */
export function workerEndReason(error: Error): 'deadline' | 'memory' | 'crash' {
  if (error instanceof DeadlineExceeded) return 'deadline';
  return 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'crash';
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
