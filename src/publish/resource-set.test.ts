import { expect, test } from 'vitest';
import type { XdsResource } from '../batch/outcome.ts';
import { ResourceSet } from './resource-set.ts';

function resource(version: string): XdsResource {
  return { typeUrl: 'cluster', name: 'c', version, bytes: Buffer.from(version), madeOf: [], names: [] };
}

function refused(version: string): { version: string; message: string; since: number } {
  return { version, message: 'no', since: 7 };
}

/** Version 1 has been ACKed, version 2 has been refused. */
function refusing(): { set: ResourceSet; changes: string[] } {
  const changes: string[] = [];
  const set = new ResourceSet((name, before) => changes.push(`${name} ${before}`));
  set.put(resource('1'));
  set.acknowledged('c', '1');
  set.put(resource('2'));
  changes.length = 0;
  expect(set.refuse('c', refused('2'))).toBe(true);
  return { set, changes };
}

test('what is refused is served as it was last ACKed', () => {
  const { set, changes } = refusing();
  expect(set.get('c')?.version).toBe('1');
  expect(changes).toEqual(['c 2']);
  expect([...set.refusals().values()]).toMatchObject([refused('2')]);
});

test('what has never been ACKed is withheld when it is refused', () => {
  const set = new ResourceSet(() => {});
  set.put(resource('1'));
  set.refuse('c', refused('1'));
  expect(set.get('c')).toBeUndefined();
  expect([...set.names()]).toEqual([]);
  expect(set.withholds('c')).toBe(true);
  expect(set.empty).toBe(false);
});

test('the refused version that is translated again is not served, and another one is', () => {
  const { set } = refusing();
  set.put(resource('2'));
  expect(set.get('c')?.version).toBe('1');
  set.put(resource('3'));
  expect(set.get('c')?.version).toBe('3');
  set.put(resource('2'));
  expect(set.get('c')?.version).toBe('1');
});

test('a refusal ends with the ACK of another version, and not before', () => {
  const { set } = refusing();
  set.put(resource('3'));
  expect(set.refusals().size).toBe(1);
  expect(set.acknowledged('c', '3')).toBe(true);
  expect(set.refusals().size).toBe(0);
});

test('a refusal ends when what is wanted is the last good version again', () => {
  const { set } = refusing();
  set.put(resource('1'));
  expect(set.refusals().size).toBe(0);
});

test('a version that another proxy takes after all is served', () => {
  const { set } = refusing();
  expect(set.acknowledged('c', '2')).toBe(true);
  expect(set.get('c')?.version).toBe('2');
  expect(set.refusals().size).toBe(0);
});

test('a version that another proxy takes after all takes no newer one away, and is the last good one', () => {
  const { set } = refusing();
  set.put(resource('3'));
  expect(set.acknowledged('c', '2')).toBe(true);
  expect(set.get('c')?.version).toBe('3');
  expect(set.refusals().size).toBe(0);
  set.refuse('c', refused('3'));
  expect(set.get('c')?.version).toBe('2');
});

test('a version that a proxy has ACKed, or that is served no more, cannot be refused', () => {
  const set = new ResourceSet(() => {});
  set.put(resource('1'));
  set.acknowledged('c', '1');
  expect(set.refuse('c', refused('1'))).toBe(false);
  set.put(resource('2'));
  expect(set.refuse('c', refused('1'))).toBe(false);
});

test('a resource that is gone is neither refused nor withheld, and whoever refused it is told', () => {
  const changes: string[] = [];
  const set = new ResourceSet((name, before) => changes.push(`${name} ${before}`));
  set.put(resource('1'));
  set.refuse('c', refused('1'));
  changes.length = 0;
  set.delete('c');
  expect(changes).toEqual(['c undefined']);
  expect(set.withholds('c')).toBe(false);
  expect(set.empty).toBe(true);
});
