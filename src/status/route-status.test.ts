import { expect, test } from 'vitest';
import { routeStatus } from './route-status.ts';

const accepted = { type: 'Accepted', status: 'True', reason: 'Accepted', message: '', observedGeneration: 3 };
const rejected = { ...accepted, status: 'False', reason: 'NoMatchingParent' };
const dropped = {
  ...accepted,
  type: 'PartiallyInvalid',
  reason: 'UnsupportedValue',
  message: 'Dropped Rule x',
};
const rejections = new Map([['ns/web', 'no such thing']]);
const noSet = () => undefined;

function parent(conditions: readonly object[], parentRef: object = { name: 'web' }): object {
  return { parentRef, conditions };
}

test('a route of which a proxy rejects something says so to the parent whose proxy does, and to no other', () => {
  const other = parent([accepted], { namespace: 'else', name: 'web' });
  expect(routeStatus({ parents: [parent([accepted]), other] }, 'ns', rejections, noSet)).toEqual({
    parents: [parent([accepted, { ...dropped, message: 'Fall Back: no such thing' }]), other],
  });
});

test('what is partly invalid already says both', () => {
  expect(routeStatus({ parents: [parent([accepted, dropped])] }, 'ns', rejections, noSet)).toEqual({
    parents: [parent([accepted, { ...dropped, message: 'Dropped Rule x; no such thing' }])],
  });
});

test('a parent that does not accept the route, and a route without rejections, are as translation said', () => {
  const report = { parents: [parent([rejected])] };
  expect(routeStatus(report, 'ns', rejections, noSet)).toEqual(report);
  expect(routeStatus(report, 'ns', new Map(), noSet)).toBe(report);
});

test('a route of a ListenerSet is rejected by the proxies of its Gateway', () => {
  const bySet = parent([accepted], { kind: 'ListenerSet', name: 'set' });
  const found = routeStatus({ parents: [bySet] }, 'ns', rejections, (set) =>
    set === 'ListenerSet/ns/set' ? 'ns/web' : undefined,
  );
  expect(JSON.stringify(found)).toContain('no such thing');
  expect(routeStatus({ parents: [bySet] }, 'ns', rejections, noSet)).toEqual({ parents: [bySet] });
});
