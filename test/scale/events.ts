import { must } from '../../src/lib/assert.ts';
import type { DeltaClient } from '../rig/xds/delta-client.ts';
import * as o from '../rig/objects/sized-objects.ts';
import type { Event, ScaleFixture } from './scale-fixture.ts';

export const events = {
  // First: what other events leave in tables until the next ACK is not in it, and not all of them are played at each size.
  'proxy connects': {
    happens: (fixture) => fixture.visit(),
    after: (fixture) => fixture.leave(),
  },
  'endpoint change': {
    happens: ({ pipeline }, revision) => pipeline.apply(o.slice('app', revision)),
  },
  'edit of an endpoint of a Backend': {
    happens: ({ pipeline }, revision) => pipeline.apply(o.outside(revision)),
  },
  'route edit': {
    happens: ({ pipeline }, revision) => pipeline.apply(o.subject(revision)),
  },
  'route comes': {
    before: ({ pipeline }) => pipeline.delete(o.passing()),
    happens: ({ pipeline }) => pipeline.apply(o.passing()),
  },
  'route goes': {
    before: ({ pipeline }) => pipeline.apply(o.passing()),
    happens: ({ pipeline }) => pipeline.delete(o.passing()),
  },
  'edit of a route with a policy': {
    happens: ({ pipeline }, revision) => pipeline.apply(o.guarded(revision)),
  },
  'policy edit': {
    happens: ({ pipeline }, revision) => pipeline.apply(o.policy('guard', 'guarded', revision)),
  },
  'edit of a route with a traffic policy': {
    happens: ({ pipeline }, revision) => pipeline.apply(o.treated(revision)),
  },
  'traffic policy edit': {
    happens: ({ pipeline }, revision) => pipeline.apply(o.treatment('treat', 'treated', revision)),
  },
  'traffic policy comes': {
    before: ({ pipeline }) => pipeline.delete(o.treatment('passing', 'subject', 0)),
    happens: ({ pipeline }) => pipeline.apply(o.treatment('passing', 'subject', 0)),
  },
  'traffic policy goes': {
    before: ({ pipeline }) => pipeline.apply(o.treatment('passing', 'subject', 0)),
    happens: ({ pipeline }) => pipeline.delete(o.treatment('passing', 'subject', 0)),
  },
  'policy comes': {
    before: ({ pipeline }) => pipeline.delete(o.policy('passing', 'subject', 0)),
    happens: ({ pipeline }) => pipeline.apply(o.policy('passing', 'subject', 0)),
  },
  'policy goes': {
    before: ({ pipeline }) => pipeline.apply(o.policy('passing', 'subject', 0)),
    happens: ({ pipeline }) => pipeline.delete(o.policy('passing', 'subject', 0)),
  },
  'edit of a route with a filter': {
    happens: ({ pipeline }, revision) => pipeline.apply(o.filtered(revision)),
  },
  'filter edit': {
    happens: ({ pipeline }, revision) => pipeline.apply(o.routeFilter('filter', revision)),
  },
  'edit of a policy of a ListenerSet': {
    happens: ({ pipeline }, revision) => pipeline.apply(o.setPolicy(revision)),
  },
  'TLSRoute edit': {
    happens: ({ pipeline }, revision) => pipeline.apply(o.named(revision)),
  },
  'server name edit': {
    happens: ({ pipeline }, revision) => pipeline.apply(o.named(0, `named-${revision}.test`)),
    after: ({ pipeline }) => pipeline.apply(o.named(0)),
  },
  'TCPRoute edit': {
    happens: ({ pipeline }, revision) => pipeline.apply(o.ofPort(revision)),
  },
  'grant edit': {
    happens: ({ pipeline }, revision) => pipeline.apply(o.grant(revision)),
  },
  'Gateway edit': {
    happens: ({ pipeline, sizes }, revision) => pipeline.apply(o.web(sizes, { revision })),
  },
  'listener edit': {
    happens: ({ pipeline, sizes }, revision) =>
      pipeline.apply(o.web(sizes, { revision: 0, hostname: `edited-${revision}.test` })),
  },
  'ListenerSet edit': {
    happens: ({ pipeline }, revision) => pipeline.apply(o.listenerSet(revision)),
  },
  'edit of a route of a ListenerSet': {
    happens: ({ pipeline }, revision) => pipeline.apply(o.ofSet(revision)),
  },
  // Not the first one, which changes the Gateway's status.
  'proxy ACKs listeners': {
    before: (fixture, revision) => changeListener(fixture, revision, fixture.proxies.slice(0, -1)),
    happens: ({ proxies }) => must(proxies.at(-2), 'a proxy').release('LDS'),
    after: ({ proxies }) => release(proxies),
  },
  'all proxies ACK listeners': {
    before: (fixture, revision) => changeListener(fixture, revision + 10, fixture.proxies),
    // The last one first, as a search would find it last.
    happens: ({ proxies }) => release(proxies.toReversed()),
  },
} as const satisfies Readonly<Record<string, Event>>;

export type EventName = keyof typeof events | 'start';

/** These proxies do not ACK yet. */
function changeListener(
  { pipeline, sizes }: ScaleFixture,
  revision: number,
  withoutAck: readonly DeltaClient[],
): void {
  for (const proxy of withoutAck) proxy.hold('LDS');
  pipeline.apply(o.web(sizes, { revision: 0, hostname: `held-${revision}.test` }));
}

function release(proxies: readonly DeltaClient[]): void {
  for (const proxy of proxies) proxy.release('LDS');
}
