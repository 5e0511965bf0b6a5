import { CoalescingWindow } from '../src/schedule/window.ts';
import { Units } from '../src/schedule/units.ts';
import { systemClock } from '../src/lib/clock.ts';
import type { ReadKey, UnitName } from '../src/lib/key.ts';
import type { Suite } from './micro.ts';

const window = new CoalescingWindow({ windowMs: 1000, maxWindowMs: 1000 }, systemClock, () => {});
const readers = (count: number): Units => {
  const units = new Units();
  const cut = units.beginCut();
  for (let i = 0; i < count; i++) {
    const unit = `AttachedRoute/bench/gateway/HTTPRoute/bench/${i}` as UnitName;
    units.add(unit);
    units.record(unit, ['Gateway/bench/gateway' as ReadKey, `HTTPRoute/bench/${i}` as ReadKey], cut);
  }
  units.endCut(cut);
  return units;
};
const [few, many] = [readers(100), readers(10_000)];
const one = ['HTTPRoute/bench/7' as ReadKey];

export const windowSuite: Suite = {
  title: 'window: from a changed row to dirty names',
  cases: [
    { name: 'a name joins an open window', run: () => window.touch() },
    { name: 'readers of one row, 100 units', run: () => void [...few.changed(one)] },
    { name: 'readers of one row, 10,000 units', run: () => void [...many.changed(one)] },
    {
      name: 'readers of a row that 10,000 units read',
      run: () => void [...many.changed(['Gateway/bench/gateway' as ReadKey])],
    },
  ],
};
