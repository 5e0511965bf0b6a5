import { expect, test } from 'vitest';
import { ManualClock } from '../../test/rig/pipeline/manual-clock.ts';
import type { ReadKey, UnitName } from '../lib/key.ts';
import { NamedObjects } from './named-objects.ts';

class CountingClock extends ManualClock {
  timers = 0;
  most = 0;

  override after(delayMs: number, task: () => void): () => void {
    this.most = Math.max(this.most, ++this.timers);
    const cancel = super.after(delayMs, () => {
      this.timers--;
      task();
    });
    return () => {
      this.timers--;
      cancel();
    };
  }
}

function fixture() {
  const clock = new CountingClock();
  const ended: string[] = [];
  const named = new NamedObjects(1000, clock, { onEnd: (unit) => void ended.push(`${unit} ${clock.now()}`) });
  const waits = (unit: string, ...keys: string[]) =>
    [...named.waitsFor(unit as UnitName, keys as ReadKey[])].map(String);
  return { clock, ended, named, waits };
}

test('each unit waits for its own time, and all of them share a timer', async () => {
  const { clock, ended, waits } = fixture();
  for (const unit of ['a', 'b', 'c']) {
    expect(waits(unit, 'Service/ns/x')).toEqual(['Service/ns/x']);
    await clock.advanceBy(300);
  }
  await clock.advanceTo(2000);
  expect(ended).toEqual(['a 1000', 'b 1300', 'c 1600']);
  expect(clock.most).toBe(1);
  expect(clock.timers).toBe(0);
});

test('a wait that is over early leaves the others their time', async () => {
  const { clock, ended, waits, named } = fixture();
  waits('a', 'Service/ns/x');
  await clock.advanceBy(500);
  waits('b', 'Service/ns/y');
  expect(waits('a')).toEqual([]);
  expect([...named.waiting('Service/ns/x' as ReadKey)]).toEqual([]);
  await clock.advanceTo(2000);
  expect(ended).toEqual(['b 1500']);
});

test('more names while a unit waits do not make it wait longer, and what it waited for in vain is known', async () => {
  const { clock, ended, waits } = fixture();
  waits('a', 'Service/ns/x');
  await clock.advanceBy(900);
  waits('a', 'Service/ns/x', 'Service/ns/y');
  await clock.advanceBy(100);
  expect(ended).toEqual(['a 1000']);
  expect(waits('a', 'Service/ns/x', 'Service/ns/y')).toEqual([]);
  expect(waits('a', 'Service/ns/x', 'Service/ns/z')).toEqual(['Service/ns/z']);
});

test('nothing is left of a closed one', async () => {
  const { clock, ended, waits, named } = fixture();
  waits('a', 'Service/ns/x');
  named.close();
  await clock.advanceTo(5000);
  expect(ended).toEqual([]);
  expect(clock.timers).toBe(0);
});
