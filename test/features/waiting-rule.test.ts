import { expect, test } from 'vitest';
import { must } from '../../src/lib/assert.ts';
import type { DeltaClient } from '../rig/xds/delta-client.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const waitMs = 1000;
const base = [m.gatewayClass(), m.gateway([m.httpListener()]), ...backendOf('app')];
const app = ruleTo('/', 'app');

test('of a thousand routes that all name a missing Service, the other rules are published in one wave', async () => {
  const pipeline = await started();
  const client = await pipeline.connected();
  const hosts = Array.from({ length: 1000 }, (_, i) => `r${i}.test`);
  pipeline.apply(
    ...hosts.map((host, i) =>
      m.httpRoute([app, ruleTo('/missing', 'missing')], { name: `r${i}`, hostnames: [host] }),
    ),
  );
  await pipeline.quiet();
  expect(client.take().filter((line) => line.startsWith('VHDS'))).toHaveLength(1);
  const served = servedBy(client);
  expect(hosts.filter((host) => served.get(host)?.join() === '/ app')).toHaveLength(hosts.length);
});

test('a route of which every rule waits takes no requests from the domain that serves them now', async () => {
  const pipeline = await started(m.httpRoute([app], { name: 'all' }));
  const client = await pipeline.connected();
  pipeline.apply(m.httpRoute([ruleTo('/', 'missing')], { name: 'one', hostnames: ['one.test'] }));
  await pipeline.advance(waitMs - 1);
  expect(client.take()).toEqual([]);
  await pipeline.advance(1);
  expect(servedBy(client).get('one.test')).toEqual(['/ 500']);
});

test.each(['a name', 'its matches alone'])(
  'a rule that is known by %s keeps its last good form, wherever an edit puts it, and the other rules have their new one',
  async (by) => {
    const named = (name: string) => (by === 'a name' ? { name } : {});
    const first = { ...ruleTo('/first', 'app'), ...named('first') };
    const pipeline = await started(
      ...backendOf('other'),
      m.httpRoute([first, { ...app, ...named('last') }], hostOf),
    );
    const client = await pipeline.connected();
    pipeline.apply(
      m.httpRoute(
        [
          { ...ruleTo('/new', 'other'), ...named('new') },
          { ...ruleTo('/', 'missing'), ...named('last') },
          { ...ruleTo('/first', 'other'), ...named('first') },
        ],
        hostOf,
      ),
    );
    await pipeline.quiet();
    expect(servedBy(client).get('app.test')).toEqual(['/first other', '/new other', '/ app']);
    expect(pipeline.routeConditions()['ResolvedRefs']).toMatchObject({ status: 'True' });
    await pipeline.advance(waitMs);
    expect(servedBy(client).get('app.test')).toEqual(['/first other', '/new other', '/ 500']);
    expect(pipeline.routeConditions()['ResolvedRefs']).toMatchObject({ reason: 'BackendNotFound' });
  },
);

test('a Service that comes with its endpoints is served at once', async () => {
  const pipeline = await started(m.httpRoute([app], hostOf));
  const client = await pipeline.connected();
  pipeline.apply(m.httpRoute([app, ruleTo('/late', 'late')], hostOf));
  await pipeline.advance(10);
  expect(client.take()).toEqual([]);
  pipeline.apply(...backendOf('late'));
  await pipeline.settle();
  expect(servedBy(client).get('app.test')).toEqual(['/late late', '/ app']);
});

test('a Service without a ready endpoint is waited for as long as one that is missing, in one wait with it', async () => {
  const pipeline = await started(m.httpRoute([app], hostOf));
  const client = await pipeline.connected();
  const unready = { addresses: ['10.0.0.2'], conditions: { ready: false } };
  pipeline.apply(m.httpRoute([ruleTo('/', 'late')], hostOf));
  await pipeline.advance(waitMs / 2);
  pipeline.apply(m.service('late'), m.endpointSlice([unready], { name: 'late-1', service: 'late' }));
  await pipeline.advance(waitMs / 2 - 1);
  expect(servedBy(client).get('app.test')).toEqual(['/ app']);
  await pipeline.advance(1);
  expect(servedBy(client).get('app.test')).toEqual(['/ late']);
});

test('an endpoint that becomes ready ends the wait', async () => {
  const pipeline = await started(m.service('late'));
  const client = await pipeline.connected();
  const unready = { addresses: ['10.0.0.2'], conditions: { ready: false } };
  pipeline.apply(m.httpRoute([ruleTo('/', 'late')], hostOf));
  await pipeline.advance(10);
  pipeline.apply(m.endpointSlice([unready], { name: 'late-1', service: 'late' }));
  await pipeline.advance(10);
  expect(servedBy(client).has('app.test')).toBe(false);
  pipeline.apply(m.endpointSlice(['10.0.0.2'], { name: 'late-1', service: 'late' }));
  await pipeline.settle();
  expect(servedBy(client).get('app.test')).toEqual(['/ late']);
});

test('a Service that is deleted, or loses its endpoints, is no reason to wait', async () => {
  const pipeline = await started(
    ...backendOf('other'),
    m.httpRoute([app, ruleTo('/other', 'other')], hostOf),
  );
  const client = await pipeline.connected();
  pipeline.delete(...backendOf('other'));
  await pipeline.quiet();
  expect(servedBy(client).get('app.test')).toEqual(['/other 500', '/ app']);
  pipeline.apply(m.endpointSlice([], { name: 'app-1', service: 'app' }));
  pipeline.apply(m.httpRoute([ruleTo('/renamed', 'app'), ruleTo('/other', 'other')], hostOf));
  await pipeline.quiet();
  expect(servedBy(client).get('app.test')).toEqual(['/renamed app', '/other 500']);
});

test('clusters of a rule that keeps its old form stay for as long as it does', async () => {
  const pipeline = await started(...backendOf('old'), m.httpRoute([app, ruleTo('/edit', 'old')], hostOf));
  const client = await pipeline.connected();
  pipeline.apply(m.httpRoute([app, ruleTo('/edit', 'missing')], hostOf));
  await pipeline.advance(waitMs - 1);
  expect(client.names('CDS')).toContain('default/old/80/http1');
  await pipeline.advance(1);
  await pipeline.drain();
  expect(client.names('CDS')).not.toContain('default/old/80/http1');
});

const hostOf = { hostnames: ['app.test'] };

function started(...manifests: readonly object[]): Promise<Pipeline> {
  return Pipeline.started([...base, ...manifests], { namedObjectWaitMs: waitMs });
}

function backendOf(name: string): object[] {
  return [m.service(name), m.endpointSlice(['10.0.0.1'], { name: `${name}-1`, service: name })];
}

function ruleTo(path: string, backend: string): object {
  return { matches: [m.prefix(path)], backendRefs: [m.backend(backend)] };
}

interface VirtualHost {
  readonly domains: readonly string[];
  readonly routes?: readonly {
    readonly match: { readonly prefix?: string; readonly pathSeparatedPrefix?: string };
    readonly route?: { readonly cluster: string };
    readonly directResponse?: { readonly status: number };
  }[];
}

/** Routes by domain, in order: `path service` or `path status`. */
function servedBy(client: DeltaClient): Map<string, string[]> {
  const { virtualHosts = [] } = client.routes('default/web/80:*') as { virtualHosts?: VirtualHost[] };
  return new Map(
    virtualHosts.map(({ domains, routes = [] }) => [
      must(domains[0], 'domain'),
      routes.map(({ match, route, directResponse }) => {
        const to = route?.cluster.split('/')[1] ?? directResponse?.status;
        return `${match.pathSeparatedPrefix ?? match.prefix} ${to}`;
      }),
    ]),
  );
}
