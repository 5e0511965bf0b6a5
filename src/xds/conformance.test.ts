import { expect, test } from 'vitest';
import { StreamFixture } from '../../test/rig/xds/stream.ts';
import { services, type Service } from '../../test/rig/xds/xds-types.ts';

/**
 * Five scenarios of the public xDS test harness for delta streams, for each service, by a client of that service
 * alone: https://github.com/ii/xds-test-harness/blob/main/features/delta.feature
 *
 * Removals come after the hold and the drain. VirtualHosts are left out: a client of them alone can take none.
 */
const asked = services.filter((service) => service !== 'VHDS');

function target(service: Service, ...names: string[]): StreamFixture {
  const fixture = new StreamFixture();
  for (const name of names) fixture.put(service, name, `${name} 1`);
  fixture.publish();
  return fixture;
}

/** Returns all responses, each ACKed at once, until no more can come. */
async function received(fixture: StreamFixture): Promise<string[]> {
  const lines: string[] = [];
  for (let i = 0; i < 5; i++) {
    await fixture.clock.advanceBy(5000);
    lines.push(...fixture.ackAll());
  }
  return lines;
}

function update(fixture: StreamFixture, service: Service, name: string, version: string): void {
  fixture.put(service, name, `${name} ${version}`);
  fixture.publish();
}

test.each(asked)('%s: a client asks for one resource and then for another', async (service) => {
  const fixture = target(service, 'A', 'B', 'C');
  fixture.request(service, { subscribe: ['A'] });
  expect(await received(fixture)).toEqual([`${service} A`]);
  fixture.request(service, { subscribe: ['B'] });
  expect(await received(fixture)).toEqual([`${service} B`]);
});

test.each(asked)('%s: of three resources, the one that changes comes alone', async (service) => {
  const fixture = target(service, 'A', 'B', 'C');
  fixture.request(service, { subscribe: ['A', 'B', 'C'] });
  expect(await received(fixture)).toEqual([`${service} A B C`]);
  update(fixture, service, 'A', '2');
  expect(await received(fixture)).toEqual([`${service} A`]);
});

test.each(asked)('%s: a resource that does not exist comes when it does, and alone', async (service) => {
  const fixture = target(service, 'A');
  fixture.request(service, { subscribe: ['A', 'B'] });
  const saysSo = service === 'CDS' || service === 'LDS';
  expect(await received(fixture)).toEqual([saysSo ? `${service} A -B` : `${service} A`]);
  update(fixture, service, 'B', '1');
  expect(await received(fixture)).toEqual([`${service} B`]);
});

const goesAndComes = async (service: Service): Promise<void> => {
  const fixture = target(service, 'A', 'B');
  // Routes wait for clusters, and so for a client that has not asked for them.
  if (service === 'RDS') fixture.request('CDS');
  fixture.ackAll();
  fixture.request(service, { subscribe: ['A', 'B'] });
  expect(await received(fixture)).toEqual([`${service} A B`]);
  fixture.delete(service, 'B');
  fixture.publish();
  expect(await received(fixture)).toEqual([`${service} -B`]);
  update(fixture, service, 'B', '2');
  expect(await received(fixture)).toEqual([`${service} B`]);
};

test.each(asked)('%s: a deleted resource is removed, and may come again', goesAndComes);

test.each(asked)('%s: an unsubscribed resource is not sent again', async (service) => {
  const fixture = target(service, 'A', 'B');
  fixture.request(service, { subscribe: ['A', 'B'] });
  expect(await received(fixture)).toEqual([`${service} A B`]);
  fixture.request(service, { unsubscribe: ['B'] });
  update(fixture, service, 'B', '2');
  expect(await received(fixture)).toEqual([]);
  update(fixture, service, 'A', '2');
  expect(await received(fixture)).toEqual([`${service} A`]);
  fixture.request(service, { unsubscribe: ['A'] });
  update(fixture, service, 'A', '3');
  expect(await received(fixture)).toEqual([]);
});

test.each(asked)('%s: what a client has not asked for does not come with it', async (service) => {
  const fixture = new StreamFixture();
  for (const other of asked) fixture.put(other, 'A', 'A 1', [['SDS', 'A']]);
  fixture.publish();
  fixture.request(service, { subscribe: ['A'] });
  expect(await received(fixture)).toEqual([`${service} A`]);
  for (const other of asked) fixture.put(other, 'A', 'A 2', [['SDS', 'A']]);
  fixture.publish();
  expect(await received(fixture)).toEqual([`${service} A`]);
});
