import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { statusPatch } from './status-patch.ts';
import { before, context, now, observed, own } from '../../test/rig/objects/observed-status.ts';

const types = fc.constantFrom('Accepted', 'ResolvedRefs', 'PartiallyInvalid', 'example.com/Odd', '__proto__');
const conditions = fc.uniqueArray(
  fc.record({
    type: types,
    status: fc.constantFrom('True', 'False', 'Unknown'),
    observedGeneration: fc.constantFrom(1, 2, 3),
    message: fc.constantFrom('', 'm'),
  }),
  { selector: ({ type }) => type, minLength: 1 },
);
const times = fc.constantFrom(before, now);
const seenConditions = conditions.chain((list) =>
  fc
    .array(times, { minLength: list.length, maxLength: list.length })
    .map((at) => list.map((one, i) => ({ ...one, lastTransitionTime: at[i] }))),
);
const parentRef = fc.record(
  {
    name: fc.constantFrom('a', 'b', 'constructor'),
    sectionName: fc.constantFrom('http', 'https'),
    port: fc.nat(2),
  },
  { requiredKeys: ['name'] },
);
const parent = (controller: fc.Arbitrary<string>, list: fc.Arbitrary<object[]>) =>
  fc.record({ parentRef, controllerName: controller, conditions: list });

test('whatever is observed: others keep theirs, one patch is enough, and it leaves what is wanted', () => {
  fc.assert(
    fc.property(
      fc.option(fc.array(parent(fc.constant(own), conditions), { maxLength: 4 }), { nil: undefined }),
      fc.array(parent(fc.constantFrom(own, 'other/a', '__proto__'), seenConditions), { maxLength: 5 }),
      fc.constantFrom(1, 3),
      (entries, was, generation) => {
        const wanted: unknown = entries && JSON.parse(JSON.stringify({ parents: entries }));
        const first = observed({ parents: was }, generation);
        const patch = statusPatch('HTTPRoute', wanted, first, context);
        const is = (patch?.status['parents'] ?? was) as typeof was;
        const ofOthers = (list: typeof was) =>
          list.filter(({ controllerName }) => controllerName !== own).map((one) => JSON.stringify(one));
        expect(ofOthers(is)).toEqual(ofOthers(was));
        expect(is.filter(({ controllerName }) => controllerName === own)).toHaveLength(entries?.length ?? 0);
        expect(
          statusPatch('HTTPRoute', wanted, observed({ parents: is }, generation), {
            ...context,
            now: 'later',
          }),
        ).toBeUndefined();
      },
    ),
  );
});
