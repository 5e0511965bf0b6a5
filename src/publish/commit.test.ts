import { expect, test } from 'vitest';
import { noOutput, type UnitOutput } from '../batch/outcome.ts';
import type { ResourceKey, UnitName } from '../lib/key.ts';
import { Commit } from './commit.ts';
import { FleetViews } from './fleet-views.ts';
import { typeUrl, type TypeUrl } from './type-table.ts';
import { fleetOf } from '../units/fleet-key.ts';

const gateway = 'Gateway/ns/web' as UnitName;
const host = 'AttachedRoute/ns/web/HTTPRoute/ns/a' as UnitName;
const otherHost = 'AttachedRoute/ns/web/HTTPRoute/ns/b' as UnitName;
const cluster = 'Cluster/c' as UnitName;
const secret = 'Secret/ns/s' as UnitName;

function fixture() {
  const events: string[] = [];
  const views = new FleetViews();
  const commit = new Commit(views, {
    onReferenced: (unit) => void events.push(`+${unit}`),
    onUnreferenced: (unit) => void events.push(`-${unit}`),
    onCommitted: (unit, after) => void events.push(`${unit}=${after === undefined ? 'gone' : 'in force'}`),
  });
  const staged = new Set<UnitName>();
  const stage = commit.stage.bind(commit);
  commit.stage = (unit, newest) => {
    staged.add(unit);
    stage(unit, newest);
  };
  /** Applies all staged outputs as one wave. */
  const apply = () => {
    for (const unit of staged) commit.applyPending(unit);
    staged.clear();
    commit.applyWaiting();
  };
  const names = (type: TypeUrl, of = 'ns/web') => [...(views.get(fleetOf(of))?.names(type) ?? [])].sort();
  return { commit, views, events, apply, names };
}

function output(fields: Partial<UnitOutput> = {}): UnitOutput {
  return { ...noOutput, ...fields };
}

function resource(type: TypeUrl, name: string, version = '1') {
  return { typeUrl: type, name, version, bytes: Buffer.from(version), madeOf: [], names: [] };
}

const clusterOutput = output({ resources: [resource(typeUrl.cluster, 'c')] });
const root = output({ resources: [resource(typeUrl.route, 'rc')] });

const owner = 'HTTPRoute/ns/a' as ResourceKey;

function hostOutput(refs: readonly UnitName[], version = '1'): UnitOutput {
  return output({
    refs,
    fragments: [
      {
        routeConfiguration: 'rc',
        domain: 'a',
        owner,
        version,
        entries: [{ order: 'o', rule: '', bytes: Buffer.from(version) }],
        madeOf: [owner],
      },
    ],
  });
}

test('an output comes into force with all it refers to, and not before', () => {
  const { commit, events, apply, names, views } = fixture();
  commit.stage(gateway, root);
  commit.stage(host, hostOutput([cluster]));
  expect(events).toEqual(['+Cluster/c']);
  apply();
  expect(commit.waiting).toBe(1);
  expect(views.get(fleetOf('ns/web'))?.get(typeUrl.virtualHost, 'rc/a')).toBeUndefined();
  commit.stage(cluster, clusterOutput);
  apply();
  expect(commit.waiting).toBe(0);
  expect(names(typeUrl.cluster)).toEqual(['c']);
  expect(views.get(fleetOf('ns/web'))?.get(typeUrl.virtualHost, 'rc/a')?.bytes.toString()).toMatch(
    /rc\/a.*a1$/s,
  );
});

test('while what it refers to is missing, the last good output stays', () => {
  const { commit, apply, names, views } = fixture();
  commit.stage(gateway, root);
  commit.stage(cluster, clusterOutput);
  commit.stage(host, hostOutput([cluster]));
  apply();
  commit.stage(host, hostOutput(['Cluster/d' as UnitName], '2'));
  apply();
  expect(views.get(fleetOf('ns/web'))?.get(typeUrl.virtualHost, 'rc/a')?.bytes.toString()).toMatch(
    /rc\/a.*a1$/s,
  );
  expect(names(typeUrl.cluster)).toEqual(['c']);
});

test('a Cluster that its policies no longer ask for stays while a route refers to it, and ends with it', () => {
  const { commit, apply, names } = fixture();
  commit.stage(gateway, root);
  commit.stage(cluster, clusterOutput);
  commit.stage(host, hostOutput([cluster]));
  apply();
  commit.stage(cluster, output());
  apply();
  expect(names(typeUrl.cluster)).toEqual(['c']);
  commit.stage(host, hostOutput([], '2'));
  apply();
  expect(names(typeUrl.cluster)).toEqual([]);
});

test('a unit that nothing refers to leaves the view and ends', () => {
  const { commit, events, apply, names } = fixture();
  commit.stage(gateway, root);
  commit.stage(cluster, clusterOutput);
  commit.stage(host, hostOutput([cluster]));
  commit.stage(otherHost, output({ refs: [cluster] }));
  apply();
  commit.stage(host, hostOutput([], '2'));
  apply();
  expect(names(typeUrl.cluster)).toEqual(['c']);
  expect(events).not.toContain('-Cluster/c');
  commit.stage(otherHost, output());
  apply();
  expect(names(typeUrl.cluster)).toEqual([]);
  expect(events.slice(-2)).toEqual(['-Cluster/c', 'Cluster/c=gone']);
});

test('a unit that ends in the wave in which it changed lets go of what it referred to once, not twice', () => {
  const { commit, events, apply, names } = fixture();
  const [first, second] = ['Listener/ns/web/1', 'Listener/ns/edge/2'] as [UnitName, UnitName];
  const withSecret = (name: string) =>
    output({ refs: [secret], resources: [resource(typeUrl.listener, name)] });
  const header = (name: string) => [resource(typeUrl.route, name)];
  commit.stage(secret, output({ resources: [resource(typeUrl.secret, 'ns/s')] }));
  commit.stage(first, withSecret('1'));
  commit.stage(gateway, output({ refs: [first], resources: header('rc') }));
  apply();
  // In one wave: one Gateway loses its listener, which is translated for the last time; another begins to use the secret.
  commit.stage(gateway, output({ resources: header('rc') }));
  commit.stage(first, output());
  commit.stage(second, withSecret('2'));
  commit.stage('Gateway/ns/edge' as UnitName, output({ refs: [second], resources: header('rc') }));
  apply();
  expect(events).not.toContain('-Secret/ns/s');
  expect(names(typeUrl.secret, 'ns/edge')).toEqual(['ns/s']);
});

test('a result that is replaced before it came into force leaves nothing behind', () => {
  const { commit, events, apply } = fixture();
  commit.stage(gateway, root);
  commit.stage(host, hostOutput([cluster]));
  commit.stage(host, hostOutput([]));
  expect(events).toEqual(['+Cluster/c', '-Cluster/c']);
  apply();
  expect(commit.waiting).toBe(0);
});

test('a resource that two Gateways use is the same object in both views', () => {
  const { commit, apply, views } = fixture();
  const edge = 'Gateway/ns/edge' as UnitName;
  commit.stage(cluster, clusterOutput);
  commit.stage(gateway, output({ resources: [resource(typeUrl.route, 'rc')], refs: [cluster] }));
  commit.stage(edge, output({ resources: [resource(typeUrl.route, 'rc')], refs: [cluster] }));
  apply();
  const [web, other] = ['ns/web', 'ns/edge'].map((name) =>
    views.get(fleetOf(name))?.get(typeUrl.cluster, 'c'),
  );
  expect(web).toBeDefined();
  expect(web).toBe(other);
});

test('a root with nothing to serve makes no view, and one that ends leaves none when that has been published', () => {
  const { commit, apply, views } = fixture();
  commit.stage(gateway, output());
  apply();
  expect(views.get(fleetOf('ns/web'))).toBeUndefined();
  commit.stage(gateway, root);
  apply();
  commit.stage(gateway, output());
  apply();
  const view = views.get(fleetOf('ns/web'));
  expect([...(view?.takeChanges().get(typeUrl.route)?.keys() ?? [])]).toEqual(['rc']);
  views.forgetIfEmpty(fleetOf('ns/web'));
  expect(views.get(fleetOf('ns/web'))).toBeUndefined();
  commit.stage(gateway, root);
  apply();
  expect([...(views.get(fleetOf('ns/web'))?.names(typeUrl.route) ?? [])]).toEqual(['rc']);
});

test('one output can be put into force ahead of the others', () => {
  const { commit, apply, names, views } = fixture();
  const endpoints = 'ClusterLoadAssignment/c' as UnitName;
  commit.stage(gateway, output({ resources: [resource(typeUrl.route, 'rc')], refs: [endpoints] }));
  commit.stage(endpoints, output({ resources: [resource(typeUrl.endpoint, 'c')] }));
  apply();
  commit.stage(gateway, output({ resources: [resource(typeUrl.route, 'rc', '2')] }));
  commit.stage(endpoints, output({ resources: [resource(typeUrl.endpoint, 'c', '2')] }));
  commit.apply(endpoints);
  expect(views.get(fleetOf('ns/web'))?.get(typeUrl.endpoint, 'c')?.version).toBe('2');
  expect(views.get(fleetOf('ns/web'))?.get(typeUrl.virtualHost, 'rc/a')).toBeUndefined();
  apply();
  expect(names(typeUrl.endpoint)).toEqual([]);
});

test('only views that something has touched are given, each once', () => {
  const { commit, apply, views } = fixture();
  const endpoints = 'ClusterLoadAssignment/c' as UnitName;
  const edge = 'Gateway/ns/edge' as UnitName;
  const touched = (changes: 'endpoints' | 'all') => [...views.takeTouched(changes)].map(([fleet]) => fleet);
  commit.stage(endpoints, output({ resources: [resource(typeUrl.endpoint, 'c')] }));
  commit.stage(gateway, output({ resources: [resource(typeUrl.route, 'rc')], refs: [endpoints] }));
  commit.stage(edge, root);
  apply();
  expect(touched('all').sort()).toEqual(['ns/edge', 'ns/web']);
  expect(touched('all')).toEqual([]);
  expect(touched('endpoints')).toEqual(['ns/web']);
  commit.stage(endpoints, output({ resources: [resource(typeUrl.endpoint, 'c', '2')] }));
  commit.apply(endpoints);
  expect(touched('endpoints')).toEqual(['ns/web']);
  commit.stage(edge, output());
  apply();
  expect(touched('endpoints')).toEqual([]);
  expect(touched('all')).toContain('ns/edge');
});

test('what waits is looked at when the unit comes that it waits for, and not before', () => {
  const { commit, apply } = fixture();
  let reads = 0;
  const refsOf = (ref: UnitName): UnitOutput => ({
    ...root,
    get refs() {
      reads++;
      return [ref];
    },
  });
  const routes = Array.from({ length: 100 }, (_, i) => `AttachedRoute/ns/web/HTTPRoute/ns/r${i}` as UnitName);
  for (const [i, route] of routes.entries()) commit.stage(route, refsOf(`Cluster/c${i}` as UnitName));
  apply();
  expect(commit.waiting).toBe(100);
  reads = 0;
  commit.stage(cluster, clusterOutput);
  commit.apply(cluster);
  expect(commit.applyWaiting()).toBe(false);
  expect(reads).toBe(0);
  commit.stage('Cluster/c7' as UnitName, clusterOutput);
  expect(commit.applyWaiting()).toBe(true);
  expect(commit.waiting).toBe(99);
  expect(reads).toBeLessThan(10);
});

test('what waits for one that waits itself comes into force with the last of the chain', () => {
  const { commit, apply, names } = fixture();
  commit.stage(gateway, output({ refs: [cluster] }));
  commit.stage(cluster, { ...clusterOutput, refs: [secret] });
  apply();
  expect(commit.waiting).toBeGreaterThan(0);
  expect(names(typeUrl.cluster)).toEqual([]);
  commit.stage(secret, output({ resources: [resource(typeUrl.secret, 's')] }));
  apply();
  expect(commit.waiting).toBe(0);
  expect(names(typeUrl.cluster)).toEqual(['c']);
  expect(names(typeUrl.secret)).toEqual(['s']);
});
