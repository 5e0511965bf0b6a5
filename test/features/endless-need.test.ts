import { afterEach, expect, test } from 'vitest';
import { decodeBatch } from '../../src/batch/translate-batch.ts';
import { encodeResult } from '../../src/batch/translate-result.ts';
import { resourceKey, type UnitName } from '../../src/lib/key.ts';
import { inlinePool } from '../../src/pool/inline.ts';
import type { TranslatePool } from '../../src/pool/translate-pool.ts';
import { maxRounds } from '../../src/schedule/attempts.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const unit = 'HTTPRoute/default/endless' as UnitName;
const route = (name: string, path: string) =>
  m.httpRoute([{ matches: [m.prefix(path)], backendRefs: [m.backend()] }], { name });
const manifests = [
  m.gatewayClass(),
  m.gateway([m.httpListener()]),
  m.service(),
  m.endpointSlice(['10.0.0.1']),
];
let pipeline: Pipeline;

afterEach(() => pipeline.close());

/** While `isEndless`, one unit lacks another row each time. Batches are of one unit. */
class EndlessPool implements TranslatePool {
  isEndless = true;
  rounds = 0;

  async run(bytes: Uint8Array<ArrayBuffer>, isolated: boolean): Promise<Uint8Array> {
    const { units } = decodeBatch(bytes);
    if (!this.isEndless || units[0] !== unit) return inlinePool.run(bytes, isolated);
    const needs = [resourceKey('Service', 'default', `no-${++this.rounds}`)];
    return encodeResult([{ kind: 'need', reads: [], needs, micros: 0 }]);
  }

  heapBytes(): Promise<number> {
    return Promise.resolve(0);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

test('a unit that asks for one more row each time is left at its last good output in the end, alone', async () => {
  const pool = new EndlessPool();
  pool.isEndless = false;
  pipeline = await Pipeline.started([...manifests, route('endless', '/a')], {
    pools: { config: pool },
    lanes: { batchSize: 1 },
  });
  const good = pipeline.status('HTTPRoute', 'endless');
  pool.isEndless = true;
  pipeline.apply(
    { ...route('endless', '/b'), spec: { hostnames: ['other.example.com'] } },
    route('other', '/c'),
  );
  await pipeline.settle();
  expect(pool.rounds).toBe(maxRounds);
  expect(pipeline.status('HTTPRoute', 'endless')).toEqual(good);
  expect(pipeline.routeConditions('other')['Accepted']).toMatchObject({ status: 'True' });
  expect(pipeline.log.lines).toContainEqual(
    expect.objectContaining({
      level: 'error',
      fields: { unit, message: expect.stringContaining(`${maxRounds} rounds`) as unknown },
    }),
  );
  pool.isEndless = false;
  pipeline.apply(m.service(`no-${maxRounds}`));
  await pipeline.settle();
  expect(pipeline.status('HTTPRoute', 'endless')).not.toEqual(good);
});
