import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { infrastructureName } from './infrastructure-name.ts';

test('a name that is a label stays readable', () => {
  expect(infrastructureName('web', 'sluice')).toBe('web-sluice');
});

test('any two names of a Gateway and a class give a label of their own', () => {
  const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,80}[a-z0-9])?$/);
  fc.assert(
    fc.property(name, name, name, name, (a, b, c, d) => {
      const first = infrastructureName(a, b);
      expect(first).toMatch(/^[a-z]([-a-z0-9]{0,43}[a-z0-9])?$/);
      // `a-b` with `c` reads like `a` with `b-c`: GEP-1762 gives both the same name.
      if (`${a}-${b}` !== `${c}-${d}`) expect(infrastructureName(c, d)).not.toBe(first);
    }),
  );
});
