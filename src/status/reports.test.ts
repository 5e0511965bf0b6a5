import { expect, test } from 'vitest';
import { noOutput, type UnitOutput } from '../batch/outcome.ts';
import type { ResourceKey } from '../lib/key.ts';
import { Reports } from './reports.ts';

const route = 'HTTPRoute/ns/r' as ResourceKey;

function output(status: string | undefined, attachments: readonly string[] = []): UnitOutput {
  return {
    ...noOutput,
    attachments,
    report: status === undefined ? undefined : { object: route, status },
  };
}

test('a change of status is reported once, with what it was before', () => {
  const changes: unknown[] = [];
  const reports = new Reports((...change) => void changes.push(change));
  reports.update(output('1'), undefined);
  reports.update(output('1'), output('1'));
  reports.update(output('2'), output('1'));
  reports.update(undefined, output('2'));
  expect(changes).toEqual([
    [route, undefined, '1'],
    [route, '1', '2'],
    [route, '2', undefined],
  ]);
  expect([...reports.objects()]).toEqual([]);
});

test('an object that Sluice no longer serves has no status', () => {
  const reports = new Reports(() => {});
  reports.update(output('1'), undefined);
  reports.update(output(undefined), output('1'));
  expect(reports.status(route)).toBeUndefined();
});

test('attached routes are counted by listener, and a route that moves counts once', () => {
  const reports = new Reports(() => {});
  reports.update(output('1', ['ns/gw/a', 'ns/gw/b']), undefined);
  reports.update(output('1', ['ns/gw/b']), undefined);
  reports.update(output('1', ['ns/gw/b', 'ns/gw/__proto__']), output('1', ['ns/gw/a', 'ns/gw/b']));
  expect(['a', 'b', '__proto__', 'constructor'].map((name) => reports.attached(`ns/gw/${name}`))).toEqual([
    0, 2, 1, 0,
  ]);
});
