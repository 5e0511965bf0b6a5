import { expect, test } from 'vitest';
import type { XdsResource } from '../batch/outcome.ts';
import { ResourceSet } from './resource-set.ts';

function resource(version: string): XdsResource {
  return { typeUrl: 'cluster', name: 'c', version, bytes: Buffer.from(version), madeOf: [], names: [] };
}

function rejected(version: string): { version: string; message: string; since: number } {
  return { version, message: 'no', since: 7 };
}

/** Version 1 has been ACKed, version 2 has been rejected. */
function rejecting(): { set: ResourceSet; changes: string[] } {
  const changes: string[] = [];
  const set = new ResourceSet((name, before) => changes.push(`${name} ${before}`));
  set.put(resource('1'));
  set.acknowledged('c', '1');
  set.put(resource('2'));
  changes.length = 0;
  expect(set.reject('c', rejected('2'))).toBe(true);
  return { set, changes };
}

test('what is rejected is served as it was last ACKed', () => {
  const { set, changes } = rejecting();
  expect(set.get('c')?.version).toBe('1');
  expect(changes).toEqual(['c 2']);
  expect([...set.rejections().values()]).toMatchObject([rejected('2')]);
});

test('a resource without an ACK is not served when it is rejected', () => {
  const set = new ResourceSet(() => {});
  set.put(resource('1'));
  set.reject('c', rejected('1'));
  expect(set.get('c')).toBeUndefined();
  expect([...set.names()]).toEqual([]);
  expect(set.clientKeeps('c')).toBe(true);
  expect(set.empty).toBe(false);
});

test('the rejected version that is translated again is not served, and another one is', () => {
  const { set } = rejecting();
  set.put(resource('2'));
  expect(set.get('c')?.version).toBe('1');
  set.put(resource('3'));
  expect(set.get('c')?.version).toBe('3');
  set.put(resource('2'));
  expect(set.get('c')?.version).toBe('1');
});

test('a rejection ends with the ACK of another version, and not before', () => {
  const { set } = rejecting();
  set.put(resource('3'));
  expect(set.rejections().size).toBe(1);
  expect(set.acknowledged('c', '3')).toBe(true);
  expect(set.rejections().size).toBe(0);
});

test('a rejection ends when what is wanted is the last good version again', () => {
  const { set } = rejecting();
  set.put(resource('1'));
  expect(set.rejections().size).toBe(0);
});

test('a version that another proxy takes after all is served', () => {
  const { set } = rejecting();
  expect(set.acknowledged('c', '2')).toBe(true);
  expect(set.get('c')?.version).toBe('2');
  expect(set.rejections().size).toBe(0);
});

test('a version that another proxy takes after all takes no newer one away, and is the last good one', () => {
  const { set } = rejecting();
  set.put(resource('3'));
  expect(set.acknowledged('c', '2')).toBe(true);
  expect(set.get('c')?.version).toBe('3');
  expect(set.rejections().size).toBe(0);
  set.reject('c', rejected('3'));
  expect(set.get('c')?.version).toBe('2');
});

test('a version that a proxy has ACKed, or that is not served, cannot be rejected', () => {
  const set = new ResourceSet(() => {});
  set.put(resource('1'));
  set.acknowledged('c', '1');
  expect(set.reject('c', rejected('1'))).toBe(false);
  set.put(resource('2'));
  expect(set.reject('c', rejected('1'))).toBe(false);
});

test('a deleted resource is not rejected, and streams that rejected it learn of its end', () => {
  const changes: string[] = [];
  const set = new ResourceSet((name, before) => changes.push(`${name} ${before}`));
  set.put(resource('1'));
  set.reject('c', rejected('1'));
  changes.length = 0;
  set.delete('c');
  expect(changes).toEqual(['c undefined']);
  expect(set.clientKeeps('c')).toBe(false);
  expect(set.empty).toBe(true);
});
