import { expect, test } from 'vitest';
import { StreamFixture } from '../../test/rig/xds/stream.ts';

/**
 * `*`, explicit or implied, beside names:
 * https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#how-the-client-specifies-what-resources-to-return
 */
const beginnings = [
  ['implied by an empty first request', []],
  ['asked for', ['*']],
] as const;

function started(subscribe: readonly string[]): StreamFixture {
  const fixture = new StreamFixture();
  fixture.put('CDS', 'a', 'a1');
  fixture.put('CDS', 'b', 'b1');
  fixture.publish();
  fixture.request('CDS', { subscribe });
  expect(fixture.ackAll()).toEqual(['CDS a b']);
  return fixture;
}

/** Changes both resources. Returns the response. */
function afterChange(fixture: StreamFixture): string[] {
  for (const name of ['a', 'b']) fixture.put('CDS', name, `${name}${++revision}`);
  fixture.publish();
  return fixture.ackAll();
}

let revision = 1;

test.each(beginnings)(
  'a * that is %s stays when a name is asked for, and the name when * is let go of',
  (_, first) => {
    const fixture = started(first);
    fixture.request('CDS', { subscribe: ['a'] });
    expect(fixture.ackAll()).toEqual(['CDS a']);
    expect(afterChange(fixture)).toEqual(['CDS a b']);
    fixture.request('CDS', { unsubscribe: ['*'] });
    expect(fixture.ackAll()).toEqual([]);
    expect(afterChange(fixture)).toEqual(['CDS a']);
    fixture.request('CDS', { unsubscribe: ['a'] });
    expect(fixture.ackAll()).toEqual([]);
    expect(afterChange(fixture)).toEqual([]);
  },
);

test.each(beginnings)(
  'under a * that is %s, a name that is let go of is answered by what * has of it',
  (_, first) => {
    const fixture = started(first);
    fixture.request('CDS', { subscribe: ['a', 'none'] });
    expect(fixture.ackAll()).toEqual(['CDS a -none']);
    fixture.request('CDS', { unsubscribe: ['a'] });
    expect(fixture.ackAll()).toEqual(['CDS a']);
    fixture.request('CDS', { unsubscribe: ['none'] });
    expect(fixture.ackAll()).toEqual(['CDS -none']);
    expect(afterChange(fixture)).toEqual(['CDS a b']);
  },
);

test.each(beginnings)(
  'a * that is %s and let go of is nothing more, until it is asked for again',
  (_, first) => {
    const fixture = started(first);
    fixture.request('CDS', { unsubscribe: ['*'] });
    expect(afterChange(fixture)).toEqual([]);
    fixture.request('CDS');
    expect(fixture.ackAll()).toEqual([]);
    fixture.request('CDS', { subscribe: ['*'] });
    expect(fixture.ackAll()).toEqual(['CDS a b']);
  },
);

test('a client that names something first never has *, whatever it unsubscribes from', () => {
  const fixture = new StreamFixture();
  fixture.put('CDS', 'a', 'a1');
  fixture.put('CDS', 'b', 'b1');
  fixture.publish();
  fixture.request('CDS', { subscribe: ['a'] });
  expect(fixture.ackAll()).toEqual(['CDS a']);
  fixture.request('CDS', { unsubscribe: ['a'] });
  fixture.request('CDS');
  expect(afterChange(fixture)).toEqual([]);
});

test.each([[[]], [['*']]])(
  'a first request for everything (%j) is answered when there is nothing',
  (subscribe) => {
    const fixture = new StreamFixture();
    fixture.publish();
    fixture.request('CDS', { subscribe });
    expect(fixture.ackAll()).toEqual(['CDS']);
    fixture.request('CDS');
    expect(fixture.ackAll()).toEqual([]);
  },
);

test('a deleted resource is not taken for one that the client has when it asks for everything', () => {
  const fixture = new StreamFixture();
  fixture.put('CDS', 'a', 'a1');
  fixture.put('CDS', 'b', 'b1');
  fixture.publish();
  // Not published yet.
  fixture.delete('CDS', 'b');
  fixture.request('CDS', { subscribe: [] });
  expect(fixture.ackAll()).toEqual(['CDS a']);
  fixture.publish();
  fixture.put('CDS', 'b', 'b1');
  fixture.publish();
  expect(fixture.ackAll()).toEqual(['CDS b']);
});
