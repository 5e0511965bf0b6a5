import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../test/rig/pipeline/manual-clock.ts';
import { SilentLog } from '../../test/rig/pipeline/silent-log.ts';
import { Faults } from './faults.ts';
import { createMetrics, type Metrics } from './metrics.ts';

let log: SilentLog;
let metrics: Metrics;
let clock: ManualClock;
let faults: Faults;

beforeEach(() => {
  [log, metrics, clock] = [new SilentLog(), createMetrics(), new ManualClock()];
  faults = new Faults(log, metrics, clock);
});

afterEach(() => metrics.close());

async function counted(): Promise<Record<string, number>> {
  const { values } = await metrics.faults.get();
  return Object.fromEntries(
    values.flatMap(({ labels, value }) => (value > 0 ? [[labels.place, value]] : [])),
  );
}

test('a timer that throws, at once or later, is counted and costs no other timer', async () => {
  const ran: string[] = [];
  faults.clock.after(1, () => {
    throw new Error('at once');
  });
  faults.clock.after(1, async () => {
    await Promise.resolve();
    throw new Error('later');
  });
  faults.clock.after(1, () => void ran.push('another'));
  faults.clock.after(1, () => void ran.push('cancelled'))();
  await clock.advanceBy(1);
  expect(ran).toEqual(['another']);
  expect(await counted()).toEqual({ timer: 2 });
});

test('all errors are counted, and of a flood one line in ten seconds is written for each place', async () => {
  for (let i = 0; i < 50; i++) faults.note('request', new Error(`no ${i}`));
  faults.note('listener', new Error('EMFILE'));
  await clock.advanceBy(10_000);
  faults.note('request', 'no Error at all');
  expect(log.lines).toEqual([
    line({ place: 'request', error: expect.stringMatching(/^Error: no 0\n +at /) }),
    line({ place: 'listener', error: expect.stringContaining('EMFILE') }),
    line({ place: 'request', error: 'no Error at all', unsaid: 49 }),
  ]);
  expect(await counted()).toEqual({ request: 51, listener: 1 });
});

function line(fields: object) {
  return { level: 'error', fields, message: 'an error that Sluice goes on from' };
}
