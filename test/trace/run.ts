import { setTimeout as sleep } from 'node:timers/promises';
import { start } from '../../src/run/start.ts';
import { configFrom } from '../../src/config/load.ts';
import { must } from '../../src/lib/assert.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import { DeltaClient } from '../rig/xds/delta-client.ts';
import { overGrpc } from '../rig/xds/grpc-link.ts';
import { KubeFollower } from '../rig/kube/kube-follower.ts';
import * as m from '../rig/objects/manifests.ts';
import { SilentLog } from '../rig/pipeline/silent-log.ts';
import { allCalls, forgetCalls } from './calls.ts';
import { walks, type Walk } from './walks.ts';

/**
 * `serve` with worker threads, on a fake API server, with one gRPC client. Prints each walk's steps as JSON; see
 * `step-hook.ts`.
 */
const follower = new KubeFollower();
await follower.open();
for (const object of [
  m.gatewayClass(),
  m.gateway([m.httpListener()]),
  m.httpRoute([{ backendRefs: [m.backend()] }]),
  m.service(),
  m.endpointSlice(['10.0.0.1']),
])
  put(object);

const metrics = createMetrics();
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
    xds: { port: 0 },
    admin: { port: 0 },
    probes: { port: 0 },
  },
  '/',
);
if (loaded.kind === 'error') throw new Error(loaded.line);
const outcome = await start(loaded.config, { log: new SilentLog(), metrics, clock: systemClock });
if (outcome.kind === 'error') throw new Error(outcome.line);
const { sluice } = outcome;
await sluice.ready;
const client = new DeltaClient(overGrpc(sluice.xdsPort));
await until(() => client.names('VHDS').length > 0 && follower.api.statusWrites.length > 0);
await quiet();

const [endpointWalk, routeWalk] = walks;
const endpoint = await taken(endpointWalk, () => put(m.endpointSlice(['10.0.0.1', '10.0.0.2'])));
const route = await taken(routeWalk, () => put(m.httpRoute([{ backendRefs: [m.backend('other')] }])));
process.stdout.write(JSON.stringify([endpoint, route]));
client.close();
await sluice.close();
metrics.close();
await follower.close();

/** Steps in the order of their calls, from a change to the end of its walk. */
async function taken(walk: Walk | undefined, change: () => void): Promise<string[]> {
  const last = must(walk?.steps.at(-1), 'the last step').name;
  forgetCalls();
  change();
  await until(() => allCalls().includes(last));
  await quiet();
  return allCalls();
}

/** Resolves when no step was taken for a while. */
async function quiet(): Promise<void> {
  for (let before = -1; before !== allCalls().length;) {
    before = allCalls().length;
    await sleep(300);
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(20);
}

function put(object: object): void {
  const { kind, metadata, ...rest } = object as {
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string };
  };
  follower.api.put(kind, metadata.namespace ?? '', metadata.name, { ...rest, metadata });
}
