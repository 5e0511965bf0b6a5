import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { AckedVersions } from './acked-versions.ts';

const names = ['a', 'b', 'c'];
const name = fc.constantFrom(...names);
const version = fc.option(fc.constantFrom('1', '2', '3'), { nil: undefined });

type Step =
  | { readonly kind: 'publish'; readonly name: string; readonly version: string | undefined }
  | { readonly kind: 'ack'; readonly name: string; readonly version: string | undefined }
  | { readonly kind: 'subscribe' | 'unsubscribe'; readonly name: string };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('publish' as const), name, version }),
  fc.record({ kind: fc.constant('ack' as const), name, version }),
  fc.record({ kind: fc.constantFrom('subscribe' as const, 'unsubscribe' as const), name }),
);

test('differences say the same as a list of everything that the client holds', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const published = new Map<string, string>();
      const covered = new Set<string>();
      const model = new Map<string, string>();
      const acked = new AckedVersions({ published: (n) => published.get(n), covers: (n) => covered.has(n) });
      steps.forEach((now, time) => {
        if (now.kind === 'publish') {
          const before = published.get(now.name);
          if (now.version === undefined) published.delete(now.name);
          else published.set(now.name, now.version);
          acked.moved(now.name, before, time);
        } else if (now.kind === 'subscribe') {
          if (covered.has(now.name)) return;
          covered.add(now.name);
          acked.set(now.name, undefined, time);
        } else if (now.kind === 'unsubscribe') {
          covered.delete(now.name);
          model.delete(now.name);
          acked.forget(now.name);
        } else if (now.kind === 'ack' && covered.has(now.name)) {
          if (now.version === undefined) model.delete(now.name);
          else model.set(now.name, now.version);
          acked.set(now.name, now.version, time);
        }
        for (const n of names) expect(acked.get(n)).toBe(model.get(n));
        const differing = names.filter((n) => covered.has(n) && model.get(n) !== published.get(n));
        expect([...acked.differences()].map(([n]) => n).sort()).toEqual(differing);
      });
    }),
  );
});

test('a name is different since the first change that the client lacks', () => {
  const published = new Map([['a', '1']]);
  const acked = new AckedVersions({ published: (n) => published.get(n), covers: () => true });
  for (const [at, next] of [
    [10, '2'],
    [20, '3'],
  ] as const) {
    const before = published.get('a');
    published.set('a', next);
    acked.moved('a', before, at);
  }
  acked.set('a', '2', 30);
  expect([...acked.differences()]).toEqual([['a', { version: '2', since: 10 }]]);
});
