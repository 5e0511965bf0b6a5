import { afterAll, beforeAll, expect, test } from 'vitest';
import * as m from '../../test/rig/objects/manifests.ts';
import { ManualClock } from '../../test/rig/pipeline/manual-clock.ts';
import { MemoryReader } from '../../test/rig/pipeline/memory-reader.ts';
import { encodeBatch, type EncodedBatch } from '../batch/translate-batch.ts';
import { decodeResult } from '../batch/translate-result.ts';
import { gatewayClassCrd } from '../kinds/core/custom-resource-definition.ts';
import { isIndexKey, resourceKey, type ReadKey, type UnitName } from '../lib/key.ts';
import { systemClock } from '../lib/clock.ts';
import { inlinePool } from './inline.ts';
import { NearbyPool } from './nearby.ts';
import { translateUnits, workerEndReason } from './retry.ts';
import { ThreadPool } from './threads.ts';

const entry = new URL('../../test/rig/pipeline/faulty-worker.ts', import.meta.url);
const reader = new MemoryReader([m.gatewayClass('a'), m.gatewayClass('b'), m.gatewayClass('c')]);
const [a, b, c] = ['GatewayClass/a', 'GatewayClass/b', 'GatewayClass/c'] as [UnitName, UnitName, UnitName];
/** Looked for by the unit of each class, and absent. */
const crd = resourceKey('CustomResourceDefinition', '', gatewayClassCrd);
let pool: ThreadPool;

beforeAll(() => {
  pool = new ThreadPool({ workers: 1, deadlineMs: 500, heapMiB: 64, entry }, systemClock);
});
afterAll(() => pool.close());

function encode(units: readonly UnitName[]): EncodedBatch {
  const keys: ReadKey[] = [...reader.rows.keys(), crd];
  return encodeBatch(units, keys, (key: ReadKey) =>
    isIndexKey(key) ? undefined : reader.rows.get(key)?.bytes,
  );
}

test('a thread gives what the pool without threads gives, but for the time that it took', async () => {
  const real = new ThreadPool({ workers: 1, deadlineMs: 60_000, heapMiB: 64 }, systemClock);
  const batch = encode([a, b]);
  const answers = [await real.run(batch.bytes.slice()), await inlinePool.run(batch.bytes, false)];
  await real.close();
  const [one, other] = answers.map((answer) =>
    decodeResult(answer, batch).map((outcome) => ({ ...outcome, micros: 0 })),
  );
  expect(one).toEqual(other);
});

test.each([
  ['throw', 'crash'],
  ['exit', 'crash'],
  ['memory', 'memory'],
  ['spin', 'deadline'],
] as const)(
  'a worker that ends by %s rejects its batch alone, and the next batch finds another',
  async (fault, reason) => {
    const deadlineMs = fault === 'spin' ? 100 : 30_000;
    const own = new ThreadPool({ workers: 1, deadlineMs, heapMiB: 48, entry }, systemClock);
    const batch = encode([a, `GatewayClass/fault-${fault}` as UnitName]);
    const error: unknown = await own.run(batch.bytes).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(workerEndReason(error as Error)).toBe(reason);
    await expect(own.run(encode([a]).bytes)).resolves.toBeInstanceOf(Uint8Array);
    await own.close();
  },
);

test('a batch that takes longer than the deadline costs only itself, and those that wait behind it are done', async () => {
  const slow = pool.run(encode(['GatewayClass/fault-spin' as UnitName]).bytes);
  const waiting = pool.run(encode([b]).bytes);
  await expect(slow).rejects.toThrow('no answer within 500 ms');
  await expect(waiting).resolves.toBeInstanceOf(Uint8Array);
});

test('of a batch whose worker ends, each unit goes once more alone, and only the one that does it again is a fault', async () => {
  const poison = 'GatewayClass/fault-exit' as UnitName;
  const ends: Error[] = [];
  const outcomes = await translateUnits([a, poison, b, c], encode, pool, false, (error) => ends.push(error));
  expect(outcomes.map(({ unit, kind }) => [unit, kind])).toEqual([
    [a, 'ok'],
    [poison, 'fault'],
    [b, 'ok'],
    [c, 'ok'],
  ]);
  expect(ends).toHaveLength(2);
});

test('a fault depends on every row that its batch had, so that a change of any of them is another try', async () => {
  const poison = 'GatewayClass/fault-exit' as UnitName;
  const [outcome] = await translateUnits([poison], encode, pool, false, () => {});
  expect(outcome).toMatchObject({ kind: 'fault', reads: [...reader.rows.keys(), crd] });
});

test('a small batch is done without a worker, unless it has to be isolated', async () => {
  const nearby = new NearbyPool(pool, pool, 64 * 1024);
  const poison = encode([a, 'GatewayClass/fault-exit' as UnitName]);
  const copy = poison.bytes.slice();
  await expect(nearby.run(poison.bytes, false)).resolves.toBeInstanceOf(Uint8Array);
  await expect(nearby.run(copy, true)).rejects.toThrow();
});

test('a batch over the limit goes to a worker', async () => {
  const nearby = new NearbyPool(pool, pool, 64);
  await expect(nearby.run(encode(['GatewayClass/fault-exit' as UnitName]).bytes, false)).rejects.toThrow();
});

test('workers of the other lane take what is too large, until they are busy for too long: then own ones start', async () => {
  const clock = new ManualClock();
  const options = { workers: 1, deadlineMs: 60_000, heapMiB: 64, entry };
  const others = new ThreadPool(options, clock);
  const own = new ThreadPool({ ...options, startsLate: true }, clock);
  const nearby = new NearbyPool(own, others, 0);
  await expect(nearby.run(encode([a]).bytes, false)).resolves.toBeInstanceOf(Uint8Array);
  const first = others.run(encode([b]).bytes);
  const second = nearby.run(encode([a]).bytes, false);
  await expect(Promise.all([first, second])).resolves.toHaveLength(2);
  expect(own.hasStarted).toBe(false);
  const stuck = others.run(encode(['GatewayClass/fault-spin' as UnitName]).bytes).catch(() => 'ended');
  const third = nearby.run(encode([a]).bytes, true);
  await clock.advanceBy(1000);
  await expect(third).resolves.toBeInstanceOf(Uint8Array);
  expect(own.hasStarted).toBe(true);
  await Promise.all([own.close(), others.close()]);
  await expect(stuck).resolves.toBe('ended');
});

test('a fault in translation is an outcome: no worker ends', async () => {
  const ends: Error[] = [];
  const garbage = encodeBatch([a], [...reader.rows.keys()], () => Buffer.from('no JSON'));
  const outcomes = await translateUnits(
    [a],
    () => garbage,
    pool,
    false,
    (error) => ends.push(error),
  );
  expect(outcomes).toMatchObject([{ unit: a, kind: 'fault' }]);
  expect(ends).toEqual([]);
});
