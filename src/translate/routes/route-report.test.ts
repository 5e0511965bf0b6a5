import { expect, test } from 'vitest';
import {
  backend,
  gateway,
  gatewayClass,
  httpListener,
  httpRoute,
  prefix,
  service,
} from '../../../test/rig/objects/manifests.ts';
import { MemoryReader } from '../../../test/rig/pipeline/memory-reader.ts';
import { routeReport } from './route-report.ts';

const regex = { path: { type: 'RegularExpression', value: '/(?=x)' } };

test('a good route is accepted, and attached to its listener', () => {
  expect(report([{ backendRefs: [backend()] }])).toEqual([
    { Accepted: 'True/Accepted', ResolvedRefs: 'True/ResolvedRefs' },
  ]);
  expect(attachments([{ backendRefs: [backend()] }])).toEqual(['Gateway/default/web/http']);
});

test('a bad backend leaves the route accepted and attached', () => {
  expect(report([{ backendRefs: [backend('none')] }])).toEqual([
    { Accepted: 'True/Accepted', ResolvedRefs: 'False/BackendNotFound' },
  ]);
  expect(attachments([{ backendRefs: [backend('none')] }])).toEqual(['Gateway/default/web/http']);
});

test('a route with a dropped rule is partially invalid, and one with no other rule is not accepted', () => {
  const good = { matches: [prefix('/')], backendRefs: [backend()] };
  const bad = { matches: [regex], backendRefs: [backend()] };
  expect(report([good, bad])).toEqual([
    {
      Accepted: 'True/Accepted',
      ResolvedRefs: 'True/ResolvedRefs',
      PartiallyInvalid: 'True/UnsupportedValue',
    },
  ]);
  expect(report([bad])).toEqual([{ Accepted: 'False/UnsupportedValue', ResolvedRefs: 'True/ResolvedRefs' }]);
  expect(attachments([bad])).toEqual([]);
  const message = full([good, bad])?.parents[0]?.conditions[2]?.message;
  expect(message).toMatch(
    /^Dropped Rule spec\.rules\[1\]\.matches\[0\]\.path\.value: must be an RE2 expression/,
  );
});

test('a route that no listener lets in says why, and what else is wrong', () => {
  const parentRefs = [
    { name: 'web', sectionName: 'http' },
    { name: 'web', sectionName: 'none' },
  ];
  expect(report([{ backendRefs: [backend('none')] }], parentRefs)).toEqual([
    { Accepted: 'True/Accepted', ResolvedRefs: 'False/BackendNotFound' },
    { Accepted: 'False/NoMatchingParent', ResolvedRefs: 'False/BackendNotFound' },
  ]);
});

test('parents of others are not reported on', () => {
  const foreign = [{ name: 'absent' }, { kind: 'Service', group: '', name: 'web' }];
  expect(full([{ backendRefs: [backend()] }], foreign)?.parents).toEqual([]);
  expect(report([{ backendRefs: [backend()] }], [...foreign, { name: 'web' }])).toHaveLength(1);
});

test("a parent's reference is given back as it was written", () => {
  const parentRefs = [{ name: 'web', namespace: 'default', port: 80 }];
  expect(full([{ backendRefs: [backend()] }], parentRefs)?.parents[0]?.parentRef).toEqual({
    group: 'gateway.networking.k8s.io',
    kind: 'Gateway',
    namespace: 'default',
    name: 'web',
    port: 80,
  });
});

test('a message is bounded, however many things are wrong', () => {
  const backendRefs = Array.from({ length: 16 }, (_, i) => backend(`${'long-'.repeat(40)}${i}`));
  const message = full([{ backendRefs }])?.parents[0]?.conditions[1]?.message ?? '';
  expect(message.length).toBe(1024);
});

function report(rules: readonly object[], parentRefs?: readonly object[]): Record<string, string>[] {
  return (full(rules, parentRefs)?.parents ?? []).map(({ conditions }) =>
    Object.fromEntries(conditions.map(({ type, status, reason }) => [type, `${status}/${reason}`])),
  );
}

function attachments(rules: readonly object[]): readonly string[] {
  return full(rules)?.attachments ?? [];
}

function full(rules: readonly object[], parentRefs: readonly object[] = [{ name: 'web' }]) {
  const route = httpRoute(rules, { parentRefs });
  const reader = new MemoryReader([gatewayClass(), gateway([httpListener()]), service(), route]);
  return routeReport(reader, 'HTTPRoute', 'default', 'route');
}
