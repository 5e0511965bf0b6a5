import { afterAll, beforeAll, expect, test } from 'vitest';
import { must } from '../../src/lib/assert.ts';
import { backend, endpointSlice, grpcRoute, service } from '../rig/objects/manifests.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';
import { GrpcBackend, GrpcCaller } from '../rig/envoy/grpc-backend.ts';

let rig: EnvoyRig;
const servers: GrpcBackend[] = [];

beforeAll(async () => {
  rig = await EnvoyRig.start({ mode: 'threads', concurrency: 2 });
});

afterAll(async () => {
  for (const server of servers) server.close();
  await rig.close();
});

async function serve(name: string): Promise<GrpcBackend> {
  const started = await new GrpcBackend(name).start();
  servers.push(started);
  return started;
}

const host = 'calls.test';
const routeTo = (name: string): object =>
  grpcRoute([{ backendRefs: [backend(name)] }], { name: 'calls', hostnames: [host] });

function slice(i: number, { port }: GrpcBackend): object {
  return endpointSlice(['127.0.0.1'], { name: `app-${i}`, service: 'app', port });
}

/** Ends a pod as its grace period does: Envoy's ACK comes before its workers have the endpoints. */
async function left(pod: GrpcBackend, enough: (more: number) => Promise<unknown>): Promise<void> {
  for (let before = -1; before !== pod.answered;) {
    before = pod.answered;
    await enough(20);
  }
  await pod.drained();
}

/** Makes 100 calls a second on four connections; each must succeed. */
async function underCalls(
  change: (enough: (more: number) => Promise<unknown>) => Promise<void>,
): Promise<void> {
  const callers = Array.from({ length: 4 }, () => new GrpcCaller(rig.port, host));
  const counts = new Map<string, number>();
  const underWay = new Set<Promise<void>>();
  let sent = 0;
  const send = async (caller: GrpcCaller): Promise<void> => {
    const answer = await caller.call('/shop.Cart/Get');
    const outcome = typeof answer === 'string' ? answer : 'OK';
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  };
  const timer = setInterval(() => {
    const call = send(must(callers[sent++ % callers.length], 'a caller'));
    underWay.add(call);
    void call.finally(() => underWay.delete(call));
  }, 10);
  const enough = (more: number): Promise<unknown> => {
    const goal = (counts.get('OK') ?? 0) + more;
    return converge(() => (counts.get('OK') ?? 0) >= goal);
  };
  try {
    await enough(20);
    await change(enough);
    await enough(40);
  } finally {
    clearInterval(timer);
    await Promise.all(underWay);
    for (const caller of callers) caller.close();
  }
  expect(Object.fromEntries(counts)).toEqual({ OK: sent });
}

test('a GRPCRoute moves from one Service to another, and the first is deleted with the same change, 30 times', async () => {
  const { port } = await serve('mover');
  const objects = (i: number): object[] => [
    service(`mover-${i}`),
    endpointSlice(['127.0.0.1'], { name: `mover-${i}-1`, service: `mover-${i}`, port }),
  ];
  rig.apply([...objects(0), routeTo('mover-0')]);
  await rig.settled();
  await underCalls(async () => {
    for (let i = 1; i <= 30; i++) {
      rig.apply([...objects(i), routeTo(`mover-${i}`)], objects(i - 1));
      await rig.settled();
    }
  });
});

test('a rollout replaces every endpoint of a GRPCRoute, and no call fails', async () => {
  let pods = [await serve('pod-0'), await serve('pod-1')];
  rig.apply([service('app'), ...pods.map((pod, i) => slice(i, pod)), routeTo('app')]);
  await rig.settled();
  await underCalls(async (enough) => {
    for (let i = 2; i < 10; i++) {
      const [old, ...kept] = pods;
      const next = await serve(`pod-${i}`);
      pods = [...kept, next];
      rig.apply([slice(i % 2, next)]);
      await rig.settled();
      await left(must(old, 'a pod'), enough);
    }
  });
});
