import { expect, test } from 'vitest';
import { ManualClock } from '../../test/fakes/manual-clock.ts';
import { Acknowledgements } from './acknowledgements.ts';

class Replica {
  readonly published: string[] = [];
  readonly heard: string[] = [];
  readonly clock = new ManualClock();
  isAway = false;
  readonly acknowledgements = new Acknowledgements({
    clock: this.clock,
    backOff: { nextMs: () => 1000, reset() {} },
    publish: (text) => {
      this.published.push(text);
      return Promise.resolve(!this.isAway);
    },
    onHeard: (gateway) => void this.heard.push(gateway),
  });
}

test('what one replica publishes another has, version for version', async () => {
  const one = new Replica();
  const other = new Replica();
  one.acknowledgements.start();
  one.acknowledgements.set('ns/web', 'v1');
  one.acknowledgements.set('ns/api', 'v9');
  await one.clock.advanceBy(100);
  expect(one.published).toEqual(['{"ns/api":"v9","ns/web":"v1"}']);
  other.acknowledgements.heard('one', one.published[0]);
  expect(other.heard.sort()).toEqual(['ns/api', 'ns/web']);
  expect(other.acknowledgements.has('ns/web', 'v1')).toBe(true);
  expect(other.acknowledgements.has('ns/web', 'v2')).toBe(false);
});

test('a replica that is gone, or whose word is no JSON, has nothing, and only what changes is told', () => {
  const { acknowledgements, heard } = new Replica();
  acknowledgements.heard('one', '{"ns/web":"v1","ns/api":"v1"}');
  heard.length = 0;
  acknowledgements.heard('one', '{"ns/web":"v1","ns/api":"v2"}');
  expect(heard).toEqual(['ns/api']);
  acknowledgements.heard('one', 'broken');
  expect(acknowledgements.has('ns/web', 'v1')).toBe(false);
  acknowledgements.heard('one', '{"ns/web":"v1"}');
  acknowledgements.heard('one', undefined);
  expect(acknowledgements.has('ns/web', 'v1')).toBe(false);
});

test('a replica that has started again takes back what it published before', async () => {
  const { acknowledgements, published, clock } = new Replica();
  acknowledgements.start();
  await clock.advanceBy(1000);
  expect(published).toEqual(['{}']);
});

test('nothing is published before the start, nothing twice, and a burst is one write', async () => {
  const { acknowledgements, published, clock } = new Replica();
  acknowledgements.set('ns/web', 'v1');
  await clock.advanceBy(1000);
  expect(published).toEqual([]);
  acknowledgements.start();
  await clock.advanceBy(1000);
  for (const version of ['v2', 'v3', 'v4', undefined, 'v1']) acknowledgements.set('ns/web', version);
  await clock.advanceBy(1000);
  expect(published).toEqual(['{"ns/web":"v1"}']);
  acknowledgements.set('ns/web', undefined);
  await clock.advanceBy(1000);
  expect(published).toEqual(['{"ns/web":"v1"}', '{}']);
});

test('a write that fails is tried again until it goes well', async () => {
  const replica = new Replica();
  const { acknowledgements, published, clock } = replica;
  acknowledgements.start();
  replica.isAway = true;
  acknowledgements.set('ns/web', 'v1');
  await clock.advanceBy(2500);
  expect(published.length).toBe(3);
  replica.isAway = false;
  await clock.advanceBy(5000);
  expect(published.length).toBe(4);
});
