import { isMainThread } from 'node:worker_threads';
import { move } from 'piscina';
import { assert } from '../src/lib/assert.ts';
import { threadCpuMs } from '../src/lib/thread-cpu.ts';
import { translateBatch } from '../src/translate/translate-batch.ts';

assert(!isMainThread, 'workers/translate.ts runs in a worker of the translate pool');

/** Piscina task: TranslateBatch in, TranslateResult out, both as transferred buffers. */
export function translate(batch: Uint8Array): unknown {
  return move(translateBatch(batch, () => performance.now(), threadCpuMs));
}
