import { expect, test } from 'vitest';
import { ManualClock } from '../../test/rig/pipeline/manual-clock.ts';
import { SilentLog } from '../../test/rig/pipeline/silent-log.ts';
import { createMetrics } from './metrics.ts';
import { Refusals } from './refusals.ts';

test('every refusal is counted, and of a flood one line in ten seconds is written for each reason', async () => {
  const [log, metrics, clock] = [new SilentLog(), createMetrics(), new ManualClock()];
  const refusals = new Refusals(log, metrics, clock);
  for (let i = 0; i < 50; i++) refusals.add('certificate', `10.0.0.1:${i}`, 'none');
  refusals.add('identity', '10.0.0.2:1', 'other');
  await clock.advanceBy(10_000);
  refusals.add('certificate', '10.0.0.3:1', 'none');
  refusals.add('certificate', '10.0.0.3:2', 'none');
  expect(log.lines.map(({ fields }) => fields)).toEqual([
    { client: '10.0.0.1:0', reason: 'certificate', details: 'none' },
    { client: '10.0.0.2:1', reason: 'identity', details: 'other' },
    { client: '10.0.0.3:1', reason: 'certificate', details: 'none', unsaid: 49 },
  ]);
  const { values } = await metrics.xdsRefused.get();
  expect(values.flatMap(({ labels, value }) => (value > 0 ? [[labels.reason, value]] : []))).toEqual([
    ['certificate', 52],
    ['identity', 1],
  ]);
  metrics.close();
});
