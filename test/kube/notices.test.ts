import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { configFrom } from '../../src/config/load.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createMetrics, type Metrics } from '../../src/observe/metrics.ts';
import { start, type RunningSluice } from '../../src/run/start.ts';
import { KubeFollower } from '../rig/kube/kube-follower.ts';
import * as m from '../rig/objects/manifests.ts';
import { SilentLog } from '../rig/pipeline/silent-log.ts';

let follower: KubeFollower;
let metrics: Metrics;
let log: SilentLog;
let sluice: RunningSluice | undefined;
beforeEach(async () => {
  follower = new KubeFollower();
  metrics = createMetrics();
  log = new SilentLog();
  // Only its kubeconfig is used here: Sluice has a source of its own.
  await follower.open();
});
afterEach(async () => {
  await sluice?.close();
  sluice = undefined;
  metrics.close();
  await follower.close();
});

const withParent = (name: string): object => ({ name: `to-${name}`, parentRefs: [{ name }] });
const rules = [{ backendRefs: [m.backend()] }];
const good = [
  m.gatewayClass(),
  m.gateway([m.httpListener()]),
  m.service(),
  m.endpointSlice(['10.0.0.1']),
  m.httpRoute(rules),
];

interface Mistake {
  readonly title: string;
  readonly objects: readonly object[];
  readonly event: readonly [object: string, note: string];
}

const mistakes: readonly Mistake[] = [
  {
    title: 'a route whose Gateway does not exist',
    objects: [...good, m.httpRoute(rules, withParent('wbe'))],
    event: [
      'HTTPRoute/to-wbe',
      'spec.parentRefs[0].name: Gateway default/wbe does not exist, so no request reaches this route by it',
    ],
  },
  {
    title: 'a route whose ListenerSet does not exist',
    objects: [
      ...good,
      m.httpRoute(rules, { name: 'r', parentRefs: [{ kind: 'ListenerSet', name: 'none' }] }),
    ],
    event: [
      'HTTPRoute/r',
      'spec.parentRefs[0].name: ListenerSet default/none does not exist, so no request reaches this route by it',
    ],
  },
  {
    title: 'a Gateway whose GatewayClass does not exist',
    objects: [...good, m.gateway([m.httpListener()], { name: 'lost', gatewayClassName: 'sluce' })],
    event: [
      'Gateway/lost',
      'spec.gatewayClassName: GatewayClass sluce does not exist, so no proxy serves this Gateway',
    ],
  },
  {
    title: 'a Service of a route without endpoints',
    objects: good.filter((object) => !('endpoints' in object)),
    event: [
      'Service/app',
      'no EndpointSlice of this Service has a ready endpoint: HTTP requests that routes send to it get 503, gRPC calls UNAVAILABLE',
    ],
  },
];

test.each(mistakes)('$title gets an Event and a line', async ({ objects, event: [object, note] }) => {
  for (const each of objects) create(each);
  await open();
  await until(() => events().length > 0);
  expect(events()).toMatchObject([{ note, type: 'Warning', regarding: { namespace: 'default' } }]);
  const [event] = events();
  expect(`${event?.regarding.kind}/${event?.regarding.name}`).toBe(object);
  const [, name = ''] = object.split('/');
  const { uid } = follower.api.objects(event?.regarding.kind ?? '').find((o) => o.metadata.name === name)
    ?.metadata ?? { uid: '' };
  expect(event?.regarding.uid).toBe(uid);
  expect(log.lines.filter(({ message }) => message === note)).toHaveLength(1);
});

test('what is right, and objects of other controllers, get no Event', async () => {
  const foreignClass = {
    ...m.gatewayClass(),
    metadata: { name: 'theirs' },
    spec: { controllerName: 'x.io/y' },
  };
  const others = [
    foreignClass,
    m.gateway([m.httpListener()], { name: 'other', gatewayClassName: 'theirs' }),
    m.httpRoute(rules, withParent('other')),
    m.httpRoute(rules, { name: 'mesh', parentRefs: [{ group: '', kind: 'Service', name: 'app' }] }),
  ];
  for (const each of [...good, ...others]) create(each);
  await open();
  // An Event of a later mistake comes after those of earlier ones.
  create(m.httpRoute(rules, withParent('wbe')));
  await until(() => events().length > 0);
  expect(events().map(({ regarding }) => regarding.name)).toEqual(['to-wbe']);
});

test('a mistake that comes back counts on in its Event', async () => {
  for (const each of [...good, m.httpRoute(rules, withParent('wbe'))]) create(each);
  await open();
  for (const series of [undefined, { count: 2 }, { count: 3 }]) {
    await until(() => events()[0]?.series?.count === series?.count && events().length === 1);
    // The same object, as its uid is part of the Event.
    create(m.httpRoute(rules, { ...withParent('wbe'), parentRefs: [{ name: 'web' }] }));
    await until(() => log.lines.some(({ message }) => message.startsWith('no longer true: ')));
    log.lines.length = 0;
    create(m.httpRoute(rules, withParent('wbe')));
  }
});

test('Events that are not permitted cost a line, and nothing else', async () => {
  for (const each of [...good, m.httpRoute(rules, withParent('wbe'))]) create(each);
  follower.api.refusesEvents = true;
  await open();
  await until(() => log.lines.some(({ message }) => message.startsWith('an Event could not be written')));
  expect(sluice?.gateways()).toEqual(['default/web']);
  expect(await metrics.registry.metrics()).toContain('sluice_event_writes_total{result="refused"} 1');
});

interface EventObject {
  readonly note: string;
  readonly series?: { readonly count: number };
  readonly regarding: { readonly kind: string; readonly name: string; readonly uid: string };
}

function events(): EventObject[] {
  return follower.api.objects('Event') as unknown as EventObject[];
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await nextTurn();
}

async function open(): Promise<void> {
  const loaded = configFrom(
    {
      provider: {
        type: 'kubernetes',
        kubernetes: {
          kubeconfig: follower.kubeconfig,
          namespace: 'sluice-system',
          infrastructure: { enabled: false },
        },
      },
      translate: { mode: 'inline' },
      xds: { port: 0 },
      admin: { port: 0 },
    },
    '/',
  );
  if (loaded.kind === 'error') throw new Error(loaded.line);
  const outcome = await start(loaded.config, { log, metrics, clock: systemClock });
  if (outcome.kind === 'error') throw new Error(outcome.line);
  ({ sluice } = outcome);
  await sluice.ready;
}

function create(object: object): void {
  const { kind, metadata, ...rest } = object as {
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string };
  };
  follower.api.put(kind, metadata.namespace ?? '', metadata.name, { ...rest, metadata });
}
