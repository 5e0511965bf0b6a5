import { afterAll, beforeAll, expect } from 'vitest';
import { systemClock, type Clock } from '../../src/lib/clock.ts';
import { caseName, type FaultCase } from '../rig/kube/faults/matrix.ts';
import { FaultyApi } from '../rig/kube/faults/faulty-api.ts';
import { isHang, playCases, type CaseResult } from '../rig/kube/faults/play.ts';
import type { Admin } from '../rig/kube/faults/fault-fixture.ts';
import { FakeKubeApi } from '../rig/kube/kube-api.ts';

/** About 800 file descriptors at the peak; on many machines 1,024 is the limit. */
const atOnce = 10;

const fake = new FakeKubeApi();
let api: FaultyApi;
beforeAll(async () => {
  api = await new FaultyApi({ origin: await fake.start() }).start();
});
afterAll(async () => {
  await api.close();
  await fake.stop();
});

/** Waits between attempts, and for a CRD, are a twentieth; those for a silent API server are whole. */
const shortWaits: Clock = {
  ...systemClock,
  after: (delayMs, task) => systemClock.after(delayMs >= 10_000 ? delayMs : delayMs / 20, task),
};

const admin: Admin = {
  put({ metadata: { name, namespace = '', ...metadata }, ...object }) {
    const kept = fake.put(object.kind, namespace, name, { ...object, metadata });
    return Promise.resolve({ ...kept, apiVersion: object.apiVersion });
  },
  delete({ kind, metadata: { name, namespace = '' } }) {
    fake.delete(kind, namespace, name);
    return Promise.resolve();
  },
};

/** Plays cases against a fake API server. Proxies must have the last good state, or a new one that is complete. */
export async function playKind(kind: string, cases: readonly FaultCase[]): Promise<void> {
  const results: CaseResult[] = [];
  const onResult = (result: CaseResult): void => void results.push(result);
  const play = async (name: string, of: readonly FaultCase[]): Promise<void> => {
    if (of.length > 0)
      await playCases(name, of, { api, admin, hangMs: 500, atOnce, clock: shortWaits, onResult });
  };
  const fixture = `faults-${kind.toLowerCase()}`;
  await Promise.all([
    play(
      fixture,
      cases.filter((faultCase) => !isHang(faultCase)),
    ),
    play(`${fixture}-hang`, cases.filter(isHang)),
  ]);
  const wrong = results.filter(
    ({ violations, behind, isExplained }) => violations.length > 0 || behind.length > 0 || !isExplained,
  );
  expect(wrong.map(({ faultCase, ...what }) => [caseName(faultCase), what])).toEqual([]);
  expect(results).toHaveLength(cases.length);
}
