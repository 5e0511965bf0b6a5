import { expect, test } from 'vitest';
import { SilentLog } from '../../test/rig/pipeline/silent-log.ts';
import type { ResourceKey } from '../lib/key.ts';
import { ManualClock } from '../../test/rig/pipeline/manual-clock.ts';
import { ConditionLog } from './condition-log.ts';

const object = 'Gateway/ns/web' as ResourceKey;

function status(conditions: readonly object[]): string {
  return JSON.stringify({ listeners: [{ name: 'http', conditions }] });
}

function lines(before: string | undefined, after: string | undefined): string[] {
  const log = new SilentLog();
  new ConditionLog(log, new ManualClock(), () => {}).changed(object, before, after);
  return log.lines.map(({ level, fields, message }) => `${level} ${JSON.stringify(fields)} ${message}`);
}

const bad = { type: 'ResolvedRefs', status: 'False', reason: 'BackendNotFound', message: 'no such Service' };
const good = { ...bad, status: 'True' };

test('a condition that is not met is a warning with its place, reason and message', () => {
  expect(lines(undefined, status([bad]))).toEqual([
    'warn {"object":"Gateway/ns/web","condition":"listeners[0].ResolvedRefs"} BackendNotFound: no such Service',
  ]);
});

test('a condition that stays as it is says nothing, and one that is met again says so once', () => {
  expect(lines(status([bad]), status([bad]))).toEqual([]);
  expect(lines(status([bad]), status([good]))).toEqual([expect.stringContaining('condition is met again')]);
  expect(lines(status([bad]), undefined)).toEqual([expect.stringContaining('object was deleted')]);
});

test('Conflicted is bad when it is True', () => {
  const conflicted = { type: 'Conflicted', status: 'True', reason: 'HostnameConflict', message: 'm' };
  expect(lines(undefined, status([conflicted]))).toHaveLength(1);
  expect(lines(undefined, status([{ ...conflicted, status: 'False' }]))).toEqual([]);
});

test('what is unknown yet is no warning', () => {
  expect(
    lines(undefined, status([{ type: 'Programmed', status: 'Unknown', reason: 'Pending', message: '' }])),
  ).toEqual([]);
});

test('a thousand changes at once are twenty lines and their number, and later ones are said again', async () => {
  const log = new SilentLog();
  const clock = new ManualClock();
  const conditions = new ConditionLog(log, clock, () => {});
  for (let i = 0; i < 1000; i++)
    conditions.changed(`HTTPRoute/ns/${i}` as ResourceKey, undefined, status([bad]));
  expect(log.lines).toHaveLength(20);
  await clock.advanceBy(10_000);
  expect(log.lines.slice(20)).toEqual([expect.objectContaining({ level: 'warn', fields: { unsaid: 980 } })]);
  conditions.changed(object, undefined, status([bad]));
  await clock.advanceBy(10_000);
  expect(log.lines).toHaveLength(22);
});

test('each bad condition counts once, until it is met, has another reason, or its object is deleted', () => {
  const counts = new Map<string, number>();
  const conditions = new ConditionLog(new SilentLog(), new ManualClock(), (kind, type, reason, step) => {
    const key = `${kind} ${type} ${reason}`;
    counts.set(key, (counts.get(key) ?? 0) + step);
  });
  const other = 'Gateway/ns/other' as ResourceKey;
  const worse = { ...bad, reason: 'RefNotPermitted' };
  conditions.changed(object, undefined, status([bad, { ...bad, type: 'Accepted' }]));
  conditions.changed(other, undefined, status([bad]));
  expect([...counts]).toEqual([
    ['Gateway ResolvedRefs BackendNotFound', 2],
    ['Gateway Accepted BackendNotFound', 1],
  ]);
  conditions.changed(object, status([bad, { ...bad, type: 'Accepted' }]), status([worse]));
  conditions.changed(other, status([bad]), undefined);
  expect([...counts].filter(([, count]) => count !== 0)).toEqual([
    ['Gateway ResolvedRefs RefNotPermitted', 1],
  ]);
});
