import { expect, test } from 'vitest';
import { StreamFixture } from '../../test/rig/xds/stream.ts';
import { services, urlOf, type Service } from '../../test/rig/xds/xds-types.ts';

/** Connects a client again, to a view of two clusters and a listener with its certificate and routes. */
function returned(): StreamFixture {
  const fixture = new StreamFixture();
  for (const name of ['a', 'b']) {
    fixture.put('CDS', name, `${name}1`);
    fixture.put('EDS', name, `${name}1`);
  }
  fixture.put('SDS', 'ns/s', 's1');
  fixture.put('LDS', 'l', 'l1', [['SDS', 'ns/s']]);
  fixture.put('RDS', 'l', 'r1');
  fixture.publish();
  return fixture;
}

const subscriptions: Readonly<Record<Service, readonly string[]>> = {
  CDS: [],
  EDS: ['a', 'b'],
  SDS: ['ns/s'],
  ECDS: ['e'],
  LDS: [],
  SRDS: ['xdstp://sluice/of-no-listener/*'],
  RDS: ['l'],
  VHDS: [],
};

function versions(fixture: StreamFixture, service: Service): Map<string, string> {
  const { view } = fixture;
  const type = urlOf(service);
  return new Map([...view.names(type)].map((name) => [name, view.get(type, name)?.version ?? '']));
}

/** Sends its first requests in the given order. Returns the responses. */
function ask(
  fixture: StreamFixture,
  said: (service: Service) => Map<string, string> = (service) => versions(fixture, service),
  order: readonly Service[] = services,
): string[] {
  for (const service of order) {
    fixture.request(service, { subscribe: subscriptions[service], initialVersions: said(service) });
  }
  return fixture.ackAll();
}

test('a client that has everything is answered and sent nothing', () => {
  expect(ask(returned())).toEqual(['CDS', 'LDS', 'VHDS']);
});

test('only changed, new and deleted resources are sent', async () => {
  const fixture = returned();
  const before = new Map(services.map((service) => [service, versions(fixture, service)]));
  fixture.put('CDS', 'b', 'b2');
  fixture.put('CDS', 'c', 'c1');
  fixture.delete('CDS', 'a');
  fixture.publish();
  const lines = ask(fixture, (service) => before.get(service) ?? new Map());
  await fixture.clock.advanceBy(10_000);
  lines.push(...fixture.ackAll());
  expect(lines.filter((line) => line.startsWith('CDS'))).toEqual(['CDS b c', 'CDS -a']);
});

test('what it leaves out of its versions is sent, and nothing else', () => {
  const fixture = returned();
  const lines = ask(fixture, (service) => {
    const said = versions(fixture, service);
    said.delete('b');
    return said;
  });
  expect(lines).toEqual(['CDS b', 'EDS b', 'LDS', 'VHDS']);
});

test('versions that belong to other names are other versions', () => {
  const fixture = returned();
  const lines = ask(fixture, (service) => {
    const said = [...versions(fixture, service)];
    return new Map(said.map(([name], i) => [name, said.at(i - 1)?.[1] ?? '']));
  });
  expect(lines).toEqual(expect.arrayContaining(['CDS a b', 'EDS a b']));
});

test('versions of names that it does not ask for are nothing to it', async () => {
  const fixture = returned();
  const lines = ask(fixture, (service) => {
    const said = versions(fixture, service);
    return service === 'EDS' ? said.set('left', '1') : said;
  });
  fixture.publish();
  await fixture.clock.advanceBy(10_000);
  expect([...lines, ...fixture.ackAll()]).toEqual(['CDS', 'LDS', 'VHDS']);
});

test('what it had before it came back goes again behind what is sent again', () => {
  const fixture = returned();
  ask(fixture);
  fixture.put('CDS', 'a', 'a2');
  fixture.publish();
  expect(fixture.ackAll()).toEqual(['CDS a', 'EDS a']);
  fixture.put('LDS', 'l', 'l2', [['SDS', 'ns/s']]);
  fixture.publish();
  expect(fixture.ackAll()).toEqual(['LDS l', 'RDS l', 'SDS ns/s']);
});

test('a cluster that is sent after its endpoints were asked for has them behind it', () => {
  const fixture = returned();
  const old = (service: Service): Map<string, string> =>
    service === 'CDS'
      ? new Map([...versions(fixture, service)].map(([name]) => [name, 'old']))
      : versions(fixture, service);
  expect(ask(fixture, old, ['EDS', 'SDS', 'RDS', 'LDS', 'CDS'])).toEqual(['CDS a b', 'EDS a b', 'LDS']);
});

test('what a draining listener goes on asking for is no error, and holds nothing up', () => {
  const fixture = returned();
  fixture.delete('LDS', 'l');
  fixture.delete('RDS', 'l');
  fixture.delete('SDS', 'ns/s');
  fixture.put('LDS', 'm', 'm1');
  fixture.put('RDS', 'm', 'r1');
  fixture.publish();
  const held = new Map([['l', 'r1']]);
  expect(ask(fixture, (service) => (service === 'RDS' ? held : new Map()))).toEqual([
    'CDS a b',
    'EDS a b',
    'LDS m',
    'VHDS',
  ]);
  fixture.request('RDS', { subscribe: ['m'] });
  expect(fixture.ackAll()).toEqual(['RDS m', 'VHDS -m/-']);
});

test('what a changed cluster or listener names comes behind it, though the client says to have it in a later message', () => {
  const fixture = returned();
  const before = new Map(services.map((service) => [service, versions(fixture, service)]));
  fixture.put('CDS', 'a', 'a2');
  fixture.put('LDS', 'l', 'l2', [['SDS', 'ns/s']]);
  fixture.publish();
  const lines: string[] = [];
  for (const service of ['CDS', 'LDS', 'EDS', 'RDS', 'SDS'] as const) {
    fixture.request(service, {
      subscribe: subscriptions[service],
      initialVersions: before.get(service) ?? new Map(),
    });
    // Envoy does not ACK a cluster before it has the endpoints.
    if (service !== 'CDS') lines.push(...fixture.ackAll());
  }
  expect(lines).toEqual(['CDS a', 'LDS l', 'EDS a', 'RDS l', 'SDS ns/s']);
});

test('a deleted cluster stays while the client may still ask for routes of an earlier stream', async () => {
  const fixture = new StreamFixture();
  fixture.put('CDS', 'a', 'a1');
  const before = versions(fixture, 'CDS');
  fixture.delete('CDS', 'a');
  fixture.put('CDS', 'b', 'b1');
  fixture.put('LDS', 'l', 'l1');
  fixture.put('RDS', 'l', 'r1');
  fixture.publish();
  fixture.request('CDS', { initialVersions: before });
  const lines = fixture.ackAll();
  await fixture.clock.advanceBy(1500);
  lines.push(...fixture.ackAll());
  expect(lines).toEqual(['CDS b']);
  lines.push(...ask(fixture, () => new Map(), ['LDS', 'RDS', 'VHDS']));
  expect(lines).toEqual(['CDS b', 'LDS l', 'RDS l', 'VHDS -l/-']);
  await fixture.clock.advanceBy(1100);
  expect(fixture.ackAll()).toEqual(['CDS -a']);
});
