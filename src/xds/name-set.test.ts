import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { NameSet } from './name-set.ts';

const name = fc.nat(200).map((i) => `name-${i}`);
const step = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), names: fc.array(name, { maxLength: 100 }) }),
  fc.record({ kind: fc.constant('delete' as const), names: fc.array(name, { maxLength: 100 }) }),
  fc.record({ kind: fc.constant('pack' as const), names: fc.constant([]) }),
);

test('it holds what a Set would hold, whatever was done to it', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const [names, set] = [new NameSet(), new Set<string>()];
      for (const { kind, names: some } of steps) {
        if (kind === 'pack') names.pack();
        for (const one of some) {
          if (kind === 'delete') expect(names.delete(one)).toBe(set.delete(one));
          else {
            names.add(one);
            set.add(one);
          }
        }
        expect([...names].sort()).toEqual([...set].sort());
        expect(names.size).toBe(set.size);
        for (let i = 0; i <= 200; i += 7) expect(names.has(`name-${i}`)).toBe(set.has(`name-${i}`));
      }
    }),
  );
});
