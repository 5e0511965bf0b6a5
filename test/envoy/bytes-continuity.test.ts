import { afterAll, beforeAll, expect, test } from 'vitest';
import { askByDatagram, askOnce, ByteConnection } from '../rig/envoy/byte-client.ts';
import { datagramServer, serviceOf, streamServer, type ByteServer } from '../rig/envoy/byte-server.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import { backend, endpointSlice, service, tcpRoute, tlsRoute, udpRoute } from '../rig/objects/manifests.ts';

let rig: EnvoyRig;
const servers: ByteServer[] = [];

beforeAll(async () => {
  rig = await EnvoyRig.start({ mode: 'threads', concurrency: 2, ports: 2, listeners, drainMs: 200 });
  const identity = selfSigned(['a.test']);
  for (const name of ['one', 'two']) {
    servers.push(await streamServer(name), await streamServer(`${name}-tls`, identity));
    const datagrams = await datagramServer(`${name}-udp`);
    servers.push(datagrams);
    rig.apply(serviceOf(datagrams, 'UDP'));
  }
  for (const server of servers) if (!server.name.endsWith('-udp')) rig.apply(serviceOf(server));
  rig.apply([tlsSecret('cert', identity)]);
  await rig.settled();
});

afterAll(async () => {
  await rig.close();
  for (const server of servers) server.close();
});

function listeners([tcp, tls]: readonly number[]): object[] {
  return [
    { name: 'tcp', port: tcp, protocol: 'TCP' },
    { name: 'udp', port: tcp, protocol: 'UDP' },
    { name: 'passes', port: tls, protocol: 'TLS', hostname: '*.test', tls: { mode: 'Passthrough' } },
    {
      name: 'ends',
      port: tls,
      protocol: 'TLS',
      hostname: 'ends.test',
      tls: { certificateRefs: [{ name: 'cert' }] },
    },
  ];
}

function at(section: string, fields: object = {}): object {
  return { parentRefs: [{ name: 'web', sectionName: section }], name: section, ...fields };
}

interface Loop {
  readonly counts: ReadonlyMap<string, number>;
  stop(): Promise<ReadonlyMap<string, number>>;
}

/** Clients that ask at one time. */
const clients = 4;

/** Asks by new connections or datagrams, without a pause. */
function asking(ask: () => Promise<string>): Loop {
  const counts = new Map<string, number>();
  const end = new AbortController();
  const loops = Array.from({ length: clients }, async () => {
    while (!end.signal.aborted) {
      const name = await ask();
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  });
  return {
    counts,
    async stop() {
      end.abort();
      await Promise.all(loops);
      return counts;
    },
  };
}

async function listenerUpdates(): Promise<number> {
  return (await rig.sentByType())['Listener'] ?? 0;
}

/** Moves a route back and forth ten times while it is asked. Returns how often each name has answered. */
async function moved(
  move: (to: string) => object,
  ask: () => Promise<string>,
): Promise<ReadonlyMap<string, number>> {
  rig.apply([move('one')]);
  await rig.settled();
  await converge(async () => (await ask()).startsWith('one'));
  const before = await listenerUpdates();
  const loop = asking(ask);
  for (let i = 0; i < moves; i++) {
    rig.apply([move(i % 2 === 0 ? 'two' : 'one')]);
    await rig.settled();
    const enough = sum(loop.counts) + 20;
    await converge(() => sum(loop.counts) >= enough);
  }
  const counts = await loop.stop();
  expect(await listenerUpdates()).toBe(before);
  return counts;
}

const moves = 10;

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((all, one) => all + one, 0);
}

test('a TCPRoute moves under load: no connection fails, one that is open stays where it is, and no Listener changes', async () => {
  rig.apply([tcpRoute([backend('one')], at('tcp'))]);
  await rig.settled();
  const open = await ByteConnection.open(rig.port);
  expect(await open.ask()).toBe('one');
  const counts = await moved(
    (to) => tcpRoute([backend(to)], at('tcp')),
    () => askOnce(rig.port),
  );
  expect([...counts.keys()].sort()).toEqual(['one', 'two']);
  rig.apply([tcpRoute([backend('two')], at('tcp'))]);
  await rig.settled();
  await converge(
    () => !rig.view.get('type.googleapis.com/envoy.config.cluster.v3.Cluster', 'default/one/80/tcp'),
  );
  expect(await open.ask()).toBe('one');
  expect(await askOnce(rig.port)).toBe('two');
  open.close();
});

test.each([
  ['passes', 'a.test', '-tls'],
  ['ends', 'ends.test', ''],
])(
  'a TLSRoute of a listener that %s TLS moves under load in the same way',
  async (section, hostname, suffix) => {
    const port = rig.ports[1] ?? 0;
    const move = (to: string): object =>
      tlsRoute([backend(`${to}${suffix}`)], at(section, { hostnames: [hostname] }));
    rig.apply([move('one')]);
    await rig.settled();
    const open = await ByteConnection.open(port, hostname);
    const counts = await moved(move, () => askOnce(port, hostname));
    expect([...counts.keys()].sort()).toEqual([`one${suffix}`, `two${suffix}`]);
    expect(await open.ask()).toBe(`one${suffix}`);
    open.close();
  },
);

test('a new server name of a port leaves the connections to its other names alone', async () => {
  const port = rig.ports[1] ?? 0;
  rig.apply([tlsRoute([backend('one-tls')], at('passes', { hostnames: ['a.test'] }))]);
  await rig.settled();
  const open = await ByteConnection.open(port, 'a.test');
  const loop = asking(() => askOnce(port, 'a.test'));
  for (let i = 0; i < 5; i++) {
    rig.apply([tlsRoute([backend('two-tls')], at('passes', { name: 'new', hostnames: [`new-${i}.test`] }))]);
    await rig.settled();
    expect(await askOnce(port, `new-${i}.test`)).toBe('two-tls');
  }
  expect([...(await loop.stop()).keys()]).toEqual(['one-tls']);
  expect(await open.ask()).toBe('one-tls');
  open.close();
});

function slice({ port }: ByteServer): object {
  return endpointSlice(['127.0.0.1'], { name: 'app-1', service: 'app', port });
}

test('a rollout behind a TCPRoute changes endpoints alone, and no connection fails', async () => {
  rig.apply([tcpRoute([backend('app')], at('tcp')), service('app')]);
  const pods = await Promise.all([0, 1, 2, 3].map((i) => streamServer(`pod-${i}`)));
  servers.push(...pods);
  rig.apply([slice(pods[0]!)]);
  await rig.settled();
  await converge(async () => (await askOnce(rig.port)) === 'pod-0');
  const before = await rig.sentByType();
  const loop = asking(() => askOnce(rig.port));
  for (const pod of pods.slice(1)) {
    rig.apply([slice(pod)]);
    await rig.settled();
    await converge(async () => (await askOnce(rig.port)) === pod.name);
  }
  expect((await loop.stop()).has('closed')).toBe(false);
  const after = await rig.sentByType();
  expect({ ...after, ClusterLoadAssignment: 0 }).toEqual({ ...before, ClusterLoadAssignment: 0 });
});

test('a UDPRoute moves under load and no Listener changes; an answer on its way at that moment may be lost', async () => {
  const counts = await moved(
    (to) => udpRoute([backend(`${to}-udp`)], at('udp')),
    () => askByDatagram(rig.port, 1000),
  );
  const { lost = 0, ...served } = Object.fromEntries(counts);
  expect(Object.keys(served).sort()).toEqual(['one-udp', 'two-udp']);
  // Each client waits for one answer.
  expect(lost).toBeLessThanOrEqual(moves * clients);
});
