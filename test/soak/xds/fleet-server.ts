import { setTimeout as sleep } from 'node:timers/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fleet, slice } from '../../rig/load/fleet.ts';
import { renew } from '../../../src/certs/certificates.ts';
import { issueClient } from '../../../src/certs/client-certificate.ts';
import { configSchema } from '../../../src/config/config.ts';
import { ControlPlane } from '../../../src/run/control-plane.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import type { TlsMaterial } from '../../../src/lib/tls-identity.ts';
import { createLog } from '../../../src/observe/log.ts';
import { createMetrics } from '../../../src/observe/metrics.ts';
import { GivenIdentity } from '../../rig/xds/given-identity.ts';

/** Commands to the process of the server, with one answer each. */
export type ServerCommand =
  | { readonly kind: 'begin'; readonly clusters: number; readonly tls: boolean }
  /** Changes the endpoints of one Service. */
  | { readonly kind: 'change' }
  | { readonly kind: 'memory' }
  /** Returns the event loop's figures since the last time. */
  | { readonly kind: 'loop' };

export type ServerAnswer =
  | {
      readonly kind: 'ready';
      readonly port: number;
      readonly client: TlsMaterial | undefined;
      /** Certificate for proxies of a Gateway that does not exist. */
      readonly other: TlsMaterial | undefined;
    }
  /** Milliseconds of the system's monotonic clock. */
  | { readonly kind: 'changed'; readonly at: number }
  | {
      readonly kind: 'memory';
      readonly rssBytes: number;
      readonly peakRssBytes: number;
      readonly heapBytes: number;
    }
  | { readonly kind: 'loop'; readonly blockedMs: number; readonly cpuMs: number };

const endpointsPerService = 10;
const metrics = createMetrics();
const loop = monitorEventLoopDelay({ resolution: 1 });
let plane: ControlPlane | undefined;
let clusters = 0;
let revision = 0;
let cpu = process.cpuUsage();

process.on('message', (command: ServerCommand) => {
  void answerTo(command).then((answer) => process.send?.(answer));
});
process.on('disconnect', () => process.exit(0));

async function answerTo(command: ServerCommand): Promise<ServerAnswer> {
  switch (command.kind) {
    case 'begin':
      return begin(command.clusters, command.tls);
    case 'change': {
      const change = slice((++revision * 7919) % clusters, endpointsPerService, revision);
      const at = Number(process.hrtime.bigint()) / 1e6;
      plane?.controller.apply([change]);
      return { kind: 'changed', at };
    }
    case 'memory':
      return memory();
    case 'loop': {
      const { user, system } = process.cpuUsage(cpu);
      const blockedMs = loop.max / 1e6;
      cpu = process.cpuUsage();
      loop.reset();
      return { kind: 'loop', blockedMs, cpuMs: (user + system) / 1000 };
    }
  }
}

async function begin(size: number, tls: boolean): Promise<ServerAnswer> {
  clusters = size;
  const { certificates } = await renew(undefined, Date.now(), ['sluice']);
  const identity = new GivenIdentity();
  identity.set(certificates);
  const file = { certFile: '/', keyFile: '/', caFile: '/' };
  const config = configSchema.parse({
    provider: { type: 'file', file: { directory: '/' } },
    xds: { port: 0, tls: tls ? file : 'off' },
  });
  const surroundings = { log: createLog({ level: 'warn', format: 'text' }), metrics, clock: systemClock };
  plane = new ControlPlane(config, surroundings, 'fleet', tls ? identity : undefined);
  const port = await plane.listen();
  plane.controller.apply([...fleet(clusters, endpointsPerService)]);
  plane.controller.sourcesComplete();
  await plane.controller.ready;
  loop.enable();
  const clientOf = (gateway: string): Promise<TlsMaterial> =>
    issueClient(certificates, { namespace: 'bench', gateway, uid: '' }, Date.now());
  const [client, other] = tls ? await Promise.all([clientOf('gateway'), clientOf('other')]) : [];
  return { kind: 'ready', port, client, other };
}

/** Memory after collecting garbage; V8 keeps pages of a larger heap for some seconds. */
async function memory(): Promise<ServerAnswer> {
  const startedAt = performance.now();
  let found = process.memoryUsage();
  while (performance.now() - startedAt < 15_000) {
    globalThis.gc?.();
    await sleep(500);
    const now = process.memoryUsage();
    if (now.rss < found.rss) found = now;
  }
  const peakRssBytes = process.resourceUsage().maxRSS * 1024;
  return { kind: 'memory', rssBytes: found.rss, peakRssBytes, heapBytes: found.heapUsed + found.external };
}
