import { expect, test } from 'vitest';
import { StreamFixture } from '../../test/rig/xds/stream.ts';
import { configSchema } from '../config/config.ts';
import type { Service } from '../../test/rig/xds/xds-types.ts';

const clusters = 5_000;
const routes = 10_000;

function names(count: number, of = 'a-namespace/some-service'): string[] {
  return Array.from({ length: count }, (_, i) => `${of}-${i}/80`);
}

function filled(share = 1): StreamFixture {
  const fixture = new StreamFixture();
  for (const name of names(clusters * share))
    for (const service of ['CDS', 'EDS'] as const) fixture.put(service, name, 'v1');
  for (const name of names(routes * share, 'route')) fixture.put('LDS', name, 'v1');
  fixture.publish();
  return fixture;
}

/** Returns the messages by which a proxy of the whole view reconnects, each name with its version. */
function reconnect(fixture: StreamFixture, version: string): void {
  const all: readonly (readonly [Service, string[], boolean])[] = [
    ['CDS', names(clusters), true],
    ['EDS', names(clusters), false],
    ['LDS', names(routes, 'route'), true],
    ['RDS', names(routes, 'route'), false],
  ];
  for (const [service, held, isWildcard] of all) {
    const initialVersions = new Map(held.map((name) => [name, version]));
    fixture.request(service, { subscribe: isWildcard ? [] : held, initialVersions });
  }
}

const { maxUnknownNames } = configSchema.parse({ provider: { type: 'file', file: { directory: '/' } } }).xds;

test('a proxy of a large Gateway that reconnects has all its names for known, be they of another version', () => {
  const fixture = filled();
  for (const name of names(routes, 'route')) fixture.put('RDS', name, 'v1');
  fixture.publish();
  reconnect(fixture, 'of another release');
  expect(fixture.stream.unknownNames).toBe(0);
});

test('so has one whose Gateway has just shrunk', () => {
  const fixture = filled();
  for (const name of names(clusters).slice(10))
    for (const service of ['CDS', 'EDS'] as const) fixture.delete(service, name);
  for (const name of names(routes, 'route').slice(10)) fixture.delete('LDS', name);
  fixture.publish();
  const { stream } = fixture;
  fixture.request('CDS', { initialVersions: new Map(names(clusters).map((name) => [name, 'v'])) });
  fixture.request('EDS', {
    subscribe: names(clusters),
    initialVersions: new Map(names(clusters).map((name) => [name, 'v'])),
  });
  fixture.request('LDS', { initialVersions: new Map(names(routes, 'route').map((name) => [name, 'v'])) });
  expect(stream.unknownNames).toBe(0);
});

test('one whose Gateway shrank while there was no Sluice is within the default', () => {
  const fixture = filled(0.001);
  const { stream } = fixture;
  reconnect(fixture, 'v');
  expect(stream.unknownNames).toBeGreaterThan(clusters);
  expect(stream.unknownNames).toBeLessThan(maxUnknownNames);
});

test('each name beyond counts, a long one for several, and none that is let go of', () => {
  const fixture = filled(0.001);
  const { stream } = fixture;
  fixture.request('EDS', { subscribe: names(5) });
  expect(stream.unknownNames).toBe(0);
  fixture.request('SDS', { subscribe: names(100, 'x') });
  expect(stream.unknownNames).toBe(100);
  fixture.request('SDS', { subscribe: ['x'.repeat(128 * 7)] });
  expect(stream.unknownNames).toBe(108);
  fixture.request('SDS', { subscribe: names(100, 'x') });
  expect(stream.unknownNames).toBe(108);
  fixture.request('SDS', { unsubscribe: names(60, 'x') });
  expect(stream.unknownNames).toBe(48);
  fixture.request('CDS', { initialVersions: new Map(names(100, 'y').map((name) => [name, 'v'])) });
  expect(stream.unknownNames).toBe(48 + 100 - 5);
});
