import { afterAll, beforeAll, expect, test } from 'vitest';
import { endpointSlice, gateway, httpListener, service } from '../rig/objects/manifests.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyRig, hostOf, routeOf, toService } from '../rig/envoy/envoy-rig.ts';
import { OpenLoop } from '../rig/load/open-loop.ts';

let rig: EnvoyRig;

beforeAll(async () => {
  rig = await EnvoyRig.start({ mode: 'threads', concurrency: 2, ports: 3 });
  for (const name of ['stable', 'other']) await rig.backend(name);
});

afterAll(() => rig.close());

function backendObjects(name: string, port: number): object[] {
  return [service(name), endpointSlice(['127.0.0.1'], { name: `${name}-1`, service: name, port })];
}

function mover(i: number): object {
  return routeOf('mover', [toService(`mover-${i}`)]);
}

function quick(i: number): object {
  return routeOf('quick', [toService(i % 2 === 0 ? 'stable' : 'other')]);
}

function extra(i: number): object {
  return toService(i % 2 === 0 ? 'other' : 'stable', `/extra-${i}`);
}

/** Sends 300 requests a second; each must be answered with 200. */
async function underLoad(names: string | string[], change: () => Promise<void>): Promise<void> {
  const load = new OpenLoop({ port: rig.port, host: [names].flat().map(hostOf), perSecond: 300 });
  await converge(() => load.good >= 20);
  try {
    await change();
    const enough = load.good + 60;
    await converge(() => load.good >= enough || load.failures > 0);
  } finally {
    const { counts, sent } = await load.stop();
    expect(Object.fromEntries(counts)).toEqual({ 200: sent });
  }
}

test('a route moves from one Service to another, and the first is deleted with the same change, 50 times', async () => {
  const server = await rig.server('mover');
  const objects = (i: number): object[] => backendObjects(`mover-${i}`, server.port);
  rig.apply([...objects(0), mover(0)]);
  await rig.settled();
  await underLoad('mover', async () => {
    for (let i = 1; i <= 50; i++) {
      rig.apply([...objects(i), mover(i)], objects(i - 1));
      await rig.settled();
    }
  });
});

test('hundreds of routes move at once, each to a Service of its own, and the old ones are deleted', async () => {
  const server = await rig.server('crowd');
  const names = Array.from({ length: 400 }, (_, n) => `crowd-${n}`);
  const objects = (step: string): object[] =>
    names.flatMap((name) => backendObjects(`${name}-${step}`, server.port));
  const routes = (step: string): object[] =>
    names.map((name) => routeOf(name, [toService(`${name}-${step}`)]));
  rig.apply([...objects('a'), ...routes('a')]);
  await rig.settled();
  await underLoad(names, async () => {
    rig.apply([...objects('b'), ...routes('b')], objects('a'));
    await rig.settled();
    rig.apply([...objects('a'), ...routes('a')], objects('b'));
    await rig.settled();
  });
  rig.apply([], [...routes('a'), ...objects('a')]);
  await rig.settled();
});

test('a route moves back and forth faster than a proxy can follow', async () => {
  rig.apply([quick(0)]);
  await rig.settled();
  await underLoad('quick', async () => {
    for (let i = 1; i <= 200; i++) {
      rig.apply([quick(i)]);
      await new Promise(setImmediate);
    }
    await rig.settled();
  });
});

test('rules are inserted, reordered and removed around one that is in use', async () => {
  await rig.serve('rules', [toService('stable')]);
  await underLoad('rules', async () => {
    for (let i = 0; i < 12; i++) {
      await rig.serve('rules', [extra(i), toService('stable'), extra(i + 1)]);
      await rig.serve('rules', [extra(i + 1), extra(i + 2), extra(i), toService('stable')]);
      await rig.serve('rules', [toService('stable')]);
    }
  });
});

test('the protocol of a Service changes back and forth', async () => {
  await rig.backend('both', { protocol: 'both' });
  await rig.serve('both', [toService('both')]);
  await underLoad('both', async () => {
    for (let i = 0; i < 10; i++) {
      const port = i % 2 === 0 ? { appProtocol: 'kubernetes.io/h2c' } : {};
      rig.apply([service('both', { port })]);
      await rig.settled();
      await converge(async () => (await rig.echo('both')).httpVersion === (i % 2 === 0 ? '2.0' : '1.1'));
    }
  });
});

test('listeners come and go beside the one that is in use', async () => {
  const [one, two, three] = rig.ports;
  const own = httpListener({ name: 'http', port: one });
  await rig.serve('listeners', [toService('stable')]);
  await underLoad('listeners', async () => {
    for (let i = 0; i < 6; i++) {
      rig.apply([gateway([own, httpListener({ name: 'two', port: two })])]);
      await rig.settled();
      rig.apply([
        gateway([
          httpListener({ name: 'three', port: three }),
          httpListener({ name: 'more', port: one, hostname: `x${i}.example.com` }),
          own,
        ]),
      ]);
      await rig.settled();
      rig.apply([gateway([own])]);
      await rig.settled();
    }
  });
});

test('routes of other hostnames come and go', async () => {
  await rig.serve('calm', [toService('stable')]);
  await underLoad('calm', async () => {
    for (let i = 0; i < 10; i++) {
      const routes = Array.from({ length: 20 }, (_, n) =>
        routeOf(`busy-${n}`, [toService('other', `/${i}`)]),
      );
      rig.apply(routes);
      await rig.settled();
      rig.apply([], routes.slice(10));
      await rig.settled();
    }
  });
});
