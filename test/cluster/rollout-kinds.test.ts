import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { must } from '../../src/lib/assert.ts';
import { askByDatagram, askOnce } from '../rig/envoy/byte-client.ts';
import { datagramServer, streamServer } from '../rig/envoy/byte-server.ts';
import { converge } from '../rig/envoy/converge.ts';
import { GrpcBackend, GrpcCaller } from '../rig/envoy/grpc-backend.ts';
import { selfSigned } from '../rig/objects/certificate.ts';
import type { Manifest } from '../rig/kube/kube-client.ts';
import { endpointSlice, gateway, service } from './manifests.ts';
import { gatewayApi, TestNamespace } from './test-namespace.ts';

/** Endpoints are servers of this process, at an address of the bed's network that no other test uses. */
const address = '172.30.255.60';
/** Endpoints of a Service at one time, and how many take their places, one after the other. */
const [size, replacements] = [2, 8];
/** Between the end of an endpoint in its slice and that of its server, as with a `preStop` that sleeps. */
const lingerMs = 1000;
const everyMs = 10;

interface Pod {
  readonly port: number;
  close(): void;
}

interface Kind {
  readonly kind: 'GRPCRoute' | 'TLSRoute' | 'TCPRoute' | 'UDPRoute';
  readonly listener: string;
  readonly fields?: object;
  readonly protocol?: 'TCP' | 'UDP';
  readonly pod: () => Promise<Pod>;
  /** Returns true when a server answers, by a call, connection or datagram of its own. */
  readonly ask: (gateway: string) => Promise<boolean>;
}

const identity = selfSigned(['pod.test']);
const callers = new Map<string, GrpcCaller>();
const kinds: readonly Kind[] = [
  {
    kind: 'GRPCRoute',
    listener: 'http',
    fields: { hostnames: ['calls.test'] },
    pod: () => new GrpcBackend('pod').start(address),
    async ask(to) {
      const caller = callers.get(to) ?? new GrpcCaller(80, 'calls.test', to);
      callers.set(to, caller);
      return typeof (await caller.call('/shop.Cart/Get')) !== 'string';
    },
  },
  {
    kind: 'TLSRoute',
    listener: 'tls',
    fields: { hostnames: ['pod.test'] },
    pod: () => streamServer('pod', identity, address),
    ask: async (to) => (await askOnce(8443, 'pod.test', to)) === 'pod',
  },
  {
    kind: 'TCPRoute',
    listener: 'tcp',
    pod: () => streamServer('pod', undefined, address),
    ask: async (to) => (await askOnce(9000, undefined, to)) === 'pod',
  },
  {
    kind: 'UDPRoute',
    listener: 'udp',
    protocol: 'UDP',
    pod: () => datagramServer('pod', address),
    // Datagrams may be lost at any time, so clients ask again.
    ask: async (to) =>
      (await askByDatagram(9000, 500, to)) === 'pod' || (await askByDatagram(9000, 500, to)) === 'pod',
  },
];

let ns: TestNamespace;
const pods = new Set<Pod>();

beforeAll(async () => {
  ns = await TestNamespace.open('rollout-kinds');
  await ns.apply(
    gateway([
      { name: 'http', port: 80, protocol: 'HTTP' },
      { name: 'tls', port: 8443, protocol: 'TLS', tls: { mode: 'Passthrough' } },
      { name: 'tcp', port: 9000, protocol: 'TCP' },
      { name: 'udp', port: 9000, protocol: 'UDP' },
    ]),
  );
});

afterAll(async () => {
  for (const caller of callers.values()) caller.close();
  for (const pod of pods) pod.close();
  await ns.close();
});

function objects({ kind, listener, fields, protocol = 'TCP' }: Kind): Manifest[] {
  const spec = {
    parentRefs: [{ name: 'web', sectionName: listener }],
    rules: [{ backendRefs: [{ name: listener, port: 80 }] }],
    ...fields,
  };
  return [
    service(listener, { selector: null, ports: [{ port: 80, protocol }] }),
    { apiVersion: gatewayApi, kind, metadata: { name: listener }, spec },
  ];
}

/** Makes a slice of one pod, as a slice has one port. */
function slice({ listener, protocol = 'TCP' }: Kind, place: number, { port }: Pod): Manifest {
  return endpointSlice(listener, [address], { name: `${listener}-${place}`, port, protocol });
}

async function started(of: Kind): Promise<Pod> {
  const pod = await of.pod();
  pods.add(pod);
  return pod;
}

async function endLater(pod: Pod): Promise<void> {
  await pause(lingerMs);
  pods.delete(pod);
  pod.close();
}

/** Replaces every endpoint some times: the new one is in its slice when the old one leaves it, and that one ends later. */
async function rollOut(of: Kind, first: readonly Pod[]): Promise<void> {
  const current = [...first];
  const endings: Promise<void>[] = [];
  for (let i = 0; i < replacements; i++) {
    const place = i % size;
    const old = must(current[place], 'a pod');
    const next = await started(of);
    current[place] = next;
    await ns.apply(slice(of, place, next));
    endings.push(endLater(old));
    await pause(lingerMs / 2);
  }
  await Promise.all(endings);
}

interface Count {
  asked: number;
  failed: number;
}

async function askWith(to: string, ask: Kind['ask'], count: Count): Promise<void> {
  count.asked++;
  if (!(await ask(to))) count.failed++;
}

test('endpoints of a GRPCRoute, TLSRoute, TCPRoute and UDPRoute are replaced under load, and nothing fails', async () => {
  const first = new Map<Kind, readonly Pod[]>();
  for (const of of kinds) {
    await ns.apply(...objects(of));
    const own = [await started(of), await started(of)];
    first.set(of, own);
    for (const [place, pod] of own.entries()) await ns.apply(slice(of, place, pod));
  }
  const to = await ns.address();
  for (const { ask } of kinds) await converge(async () => await ask(to));
  const end = new AbortController();
  const counts = new Map(kinds.map(({ kind }) => [kind, { asked: 0, failed: 0 }]));
  const underWay: Promise<void>[] = [];
  const load = kinds.map(async ({ kind, ask }) => {
    const count = must(counts.get(kind), 'a count');
    while (!end.signal.aborted) {
      underWay.push(askWith(to, ask, count));
      await pause(everyMs);
    }
  });
  await Promise.all(kinds.map(async (of) => await rollOut(of, first.get(of) ?? [])));
  end.abort();
  await Promise.all(load);
  await Promise.all(underWay);
  for (const [kind, { asked, failed }] of counts) {
    expect(asked, kind).toBeGreaterThan(100);
    expect(failed, kind).toBe(0);
  }
});
