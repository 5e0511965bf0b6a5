import { expect, test } from 'vitest';
import { awaitedKinds, followedKinds, kindOf } from './followed-kinds.ts';
import { kindTable } from './kind-table.ts';

test('a bare kind name means one kind: each is in the table under its own name and no plural is there twice', () => {
  for (const [name, def] of Object.entries(kindTable)) {
    expect(def.kind).toBe(name);
    expect(kindOf(name)).toBe(def);
  }
  expect(new Set(followedKinds.map(({ kind }) => kind)).size).toBe(followedKinds.length);
  expect(new Set(followedKinds.map(({ group, plural }) => `${group}/${plural}`)).size).toBe(
    followedKinds.length,
  );
});

test('a kind that is not followed is none, whatever its name', () => {
  for (const name of ['Deployment', '__proto__', 'constructor', '']) expect(kindOf(name)).toBeUndefined();
});

test('every route and policy, and what routes attach to, has a status that Sluice writes', () => {
  const silent = followedKinds.filter(
    ({ role, status }) => ['gateway', 'route', 'policy'].includes(role) && status === undefined,
  );
  expect(silent).toEqual([]);
});

test('translation waits for what other objects name, and for no owner of a status', () => {
  expect(awaitedKinds.has('Service')).toBe(true);
  expect(awaitedKinds.has('EnvoyProxy')).toBe(true);
  // A Backend is both: rules wait for it as for a Service.
  for (const { kind, status } of followedKinds)
    if (status !== undefined && kind !== 'Backend') expect(awaitedKinds).not.toContain(kind);
});
