import { expect, test } from 'vitest';
import { observedStatus, statusManager } from './observed-status.ts';

function writerOf(...managedFields: readonly unknown[]): string | undefined {
  return observedStatus({ metadata: { name: 'x', resourceVersion: '7', managedFields } })?.writer;
}

const user = { manager: 'kubectl', operation: 'Apply' };
const own = { manager: 'sluice.dev/gateway-controller', operation: 'Update', subresource: 'status' };
const other = { manager: 'theirs', operation: 'Apply', subresource: 'status' };

test('a status has a writer when one field manager alone has written it, however often', () => {
  expect(writerOf(user)).toBeUndefined();
  expect(writerOf(user, own)).toBe(statusManager('sluice.dev/gateway-controller'));
  expect(writerOf(own, { ...own, operation: 'Apply' })).toBe(own.manager);
  expect(writerOf(own, other)).toBeUndefined();
});

test('whatever stands for the managers of an object, it names no writer of the status', () => {
  for (const odd of [null, 7, 'status', [], {}, { subresource: 'status' }, { ...own, manager: 7 }])
    expect(writerOf(odd)).not.toBe(own.manager);
  expect(
    observedStatus({ metadata: { resourceVersion: '7', managedFields: 'own' } })?.writer,
  ).toBeUndefined();
});

test('a controller whose name is longer than the API server takes writes under the beginning of it', () => {
  expect(statusManager(`example.net/${'x'.repeat(200)}`)).toHaveLength(128);
});
