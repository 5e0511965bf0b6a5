import { must } from '../../src/lib/assert.ts';
import * as o from './objects.ts';
import type { Event } from './scale-world.ts';

/** Each changes one thing. */
export const events = {
  'endpoint change': {
    happens: ({ pipeline }, revision) => pipeline.apply(o.slice('app', revision)),
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
  'policy comes': {
    before: ({ pipeline }) => pipeline.delete(o.policy('passing', 'subject', 0)),
    happens: ({ pipeline }) => pipeline.apply(o.policy('passing', 'subject', 0)),
  },
  'policy goes': {
    before: ({ pipeline }) => pipeline.apply(o.policy('passing', 'subject', 0)),
    happens: ({ pipeline }) => pipeline.delete(o.policy('passing', 'subject', 0)),
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
  'proxy connects': {
    happens: (world) => world.visit(),
    after: (world) => world.leave(),
  },
  'proxy ACKs listeners': {
    before: ({ pipeline, sizes, proxies }, revision) => {
      for (const proxy of proxies) proxy.hold('LDS');
      pipeline.apply(o.web(sizes, { revision: 0, hostname: `held-${revision}.test` }));
    },
    // The last one, as a search among all would find it.
    happens: ({ proxies }) => must(proxies.at(-1), 'a proxy').release('LDS'),
    after: ({ proxies }) => {
      for (const proxy of proxies) proxy.release('LDS');
    },
  },
} as const satisfies Readonly<Record<string, Event>>;

export type EventName = keyof typeof events | 'start';
