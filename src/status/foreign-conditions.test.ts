import { expect, test } from 'vitest';
import { kindTable } from '../kinds/kind-table.ts';
import type { KindDef } from '../kinds/kind-def.ts';
import type { MergeRule } from '../kinds/status-def.ts';
import { asObject, type JsonObject } from './json-object.ts';
import { statusPatch } from './status-patch.ts';

const own = 'sluice.dev/gateway-controller';
const foreign = {
  type: 'example.com/Seen',
  status: 'True',
  reason: 'Seen',
  message: 'by another writer',
  observedGeneration: 1,
  lastTransitionTime: '2026-01-01T00:00:00Z',
};

function accepted(observedGeneration: number): JsonObject {
  return { type: 'Accepted', status: 'True', reason: 'Accepted', message: '', observedGeneration };
}

/** Returns the value of a status field with these conditions, for the field's rule. */
const valueWith: Record<MergeRule, (conditions: readonly JsonObject[]) => unknown> = {
  conditions: (conditions) => conditions,
  listeners: (conditions) => [{ name: 'http', attachedRoutes: 0, supportedKinds: [], conditions }],
  parents: (conditions) => [{ parentRef: { name: 'web' }, controllerName: own, conditions }],
  ancestors: (conditions) => [{ ancestorRef: { name: 'web' }, controllerName: own, conditions }],
  whole: () => undefined,
  addresses: () => undefined,
};

const foreignEntry = { controllerName: 'example.com/other', conditions: [{ ...foreign, type: 'Accepted' }] };

const cases = Object.values<KindDef>(kindTable).flatMap(({ kind, status }) =>
  Object.entries(status?.fields ?? {})
    .filter(([, rule]) => rule !== 'whole' && rule !== 'addresses')
    .map(([field, rule]) => [kind, field, rule] as const),
);

test('each kind with a status is a case', () => {
  const kinds = Object.values<KindDef>(kindTable).filter(({ status }) => status !== undefined);
  expect(new Set(cases.map(([kind]) => kind))).toEqual(new Set(kinds.map(({ kind }) => kind)));
});

test.each(cases)('%s: a condition of another writer stays in status.%s as it is', (kind, field, rule) => {
  const was = { ...accepted(1), lastTransitionTime: foreign.lastTransitionTime };
  for (const before of [
    [foreign, was],
    [was, foreign],
  ]) {
    const after = patched(
      kind,
      { [field]: valueWith[rule](before) },
      { [field]: valueWith[rule]([accepted(2)]) },
    );
    const is = { ...accepted(2), lastTransitionTime: foreign.lastTransitionTime };
    expect(asObject(after)[field]).toEqual(
      valueWith[rule](before.map((condition) => (condition === foreign ? foreign : is))),
    );
  }
});

test.each(cases.filter(([, , rule]) => rule === 'parents' || rule === 'ancestors'))(
  '%s: an entry of another controller stays in status.%s as it is',
  (kind, field, rule) => {
    const ref = { [rule === 'parents' ? 'parentRef' : 'ancestorRef']: { name: 'web' } };
    const entry = { ...ref, ...foreignEntry };
    const [mine] = valueWith[rule]([accepted(2)]) as [JsonObject];
    const after = asObject(patched(kind, { [field]: [entry] }, { [field]: [mine] }));
    expect(after[field]).toEqual([entry, { ...mine, conditions: [expect.objectContaining(accepted(2))] }]);
    const removed = patched(kind, { [field]: [entry, ...(after[field] as object[]).slice(1)] }, undefined);
    expect(asObject(removed)[field]).toEqual([entry]);
  },
);

function patched(kind: string, before: object, wanted: object | undefined): unknown {
  const observed = { resourceVersion: '7', generation: 2, status: JSON.stringify(before) };
  const context = { controllerName: own, now: '2026-06-01T00:00:00Z' };
  return statusPatch(kind, wanted, observed, context)?.status;
}
