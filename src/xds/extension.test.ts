import { expect, test } from 'vitest';
import { StreamFixture } from '../../test/fakes/stream.ts';

const plugin = 'wasm/ns/p/0';

/** A client with a listener whose plugin it has by ECDS, which Envoy takes from the listener when it is removed. */
function served(): StreamFixture {
  const fixture = new StreamFixture();
  fixture.put('ECDS', plugin, 'e1');
  fixture.put('LDS', 'l', 'l1', [['ECDS', 'wasm/ns/p/0']]);
  fixture.put('RDS', 'l', 'r1');
  fixture.publish();
  fixture.request('CDS');
  fixture.request('LDS');
  fixture.request('RDS', { subscribe: ['l'] });
  fixture.request('ECDS', { subscribe: [plugin] });
  fixture.ackAll();
  return fixture;
}

test('a plugin stays until the client has ACKed a listener without it, and requests under way had their time', async () => {
  const fixture = served();
  fixture.put('LDS', 'l', 'l2');
  fixture.delete('ECDS', plugin);
  fixture.publish();
  await fixture.clock.advanceBy(1500);
  expect(fixture.ackAll()).toEqual(['LDS l', 'RDS l']);
  await fixture.clock.advanceBy(900);
  expect(fixture.take()).toEqual([]);
  await fixture.clock.advanceBy(200);
  expect(fixture.take()).toEqual([`ECDS -${plugin}`]);
});
