import { quantiles } from '../../rig/load/quantiles.ts';
import { selfSigned, tlsSecret } from '../../rig/objects/certificate.ts';
import {
  endpointSlice,
  envoyProxy,
  gateway,
  gatewayClass,
  httpListener,
  service,
} from '../../rig/objects/manifests.ts';
import { converge } from '../../rig/envoy/converge.ts';
import { EnvoyRig, hostOf, routeOf, toService } from '../../rig/envoy/envoy-rig.ts';
import { ackTimes, endOf, Worst } from '../envoy-figures.ts';
import { Load } from '../../rig/load/load.ts';
import type { SoakPorts } from '../../rig/load/scenario.ts';
import { Reencoding } from './reencode.ts';

/**
 * Clusters and Listeners change, but no endpoint or Secret does: only Sluice can bring what a proxy waits for. All
 * requests are HTTPS, one in ten with a handshake.
 * "Warming" is the time from a response, except of endpoints, to its ACK, which for clusters comes when they are warm.
 * A percentile is the upper bound of its histogram bucket.
 */
export async function warming(
  { report, progress }: SoakPorts,
  { updates, perSecond }: { readonly updates: number; readonly perSecond: number },
): Promise<void> {
  const load = await Load.start();
  const rig = await EnvoyRig.start({ mode: 'threads', concurrency: 2, ports: 2 });
  const worst = new Worst(rig.envoy, errorCounters);
  try {
    const [port = 0, tlsPort = 0] = rig.ports;
    rig.apply([
      tlsSecret('pair', selfSigned(['*.test'])),
      gateway(listeners(port, tlsPort, 0)),
      ...names.flatMap((name) => [
        service(name, { port: http2 }),
        endpointSlice(['127.0.0.1'], { name: `${name}-1`, service: name, port: load.backendPort }),
        routeOf(name, [toService(name)]),
      ]),
    ]);
    await rig.settled();
    load.begin([
      {
        port: tlsPort,
        host: names.map(hostOf),
        perSecond,
        tls: true,
        freshEvery: 10,
        maxRequests: updates * perSecond,
      },
    ]);
    await converge(() => load.good >= perSecond / 5);
    const reencoding = new Reencoding();
    const times: Record<Kind, number[]> = { cluster: [], protocol: [], chain: [], listener: [] };
    for (let i = 1; i <= updates; i++) {
      const kind = kinds[i % kinds.length] ?? 'cluster';
      const startedAt = performance.now();
      if (kind === 'cluster') reencoding.apply(rig.view, i);
      rig.apply(change(kind, i, port, tlsPort));
      await rig.settled();
      times[kind].push(performance.now() - startedAt);
      await worst.sample();
      await load.keepsUp();
      progress(`${i} of ${updates} updates, ${load.summary}`);
    }
    const enough = load.good + perSecond / 2;
    await converge(() => load.good >= enough || load.failed > 0);
    await load.stop();
    await worst.sample();
    report('updates', updates);
    report('requests over TLS', load.sent);
    report('requests without a 200, handshakes that failed among them', load.failed, 0);
    for (const [name, count] of load.failures) report(`of these: ${name}`, count);
    const acks = await ackTimes(rig.metrics);
    report('warming, p50 ms', acks.quantileMs(0.5));
    report('warming, p99 ms', acks.quantileMs(0.99), 50, 'ms');
    report('of all responses took longer than 50 ms, percent', acks.percentLaterThan(50));
    for (const kind of kinds) {
      report(`${titles[kind]}: from the change to the last ACK, p50 ms`, quantiles(times[kind]).p50);
      report(`${titles[kind]}: from the change to the last ACK, p99 ms`, quantiles(times[kind]).p99);
    }
    for (const counter of errorCounters) report(`${counter} of Envoy, all together`, worst.of(counter), 0);
    report('Clusters that Envoy replaced', await rig.envoy.stat('cluster_manager.cluster_modified'));
    report('Listeners that Envoy replaced', await rig.envoy.stat('listener_manager.listener_modified'));
    await endOf(rig, report);
  } finally {
    await load.close();
    await rig.close({ rejected: 'expected' });
  }
}

type Kind = 'cluster' | 'protocol' | 'chain' | 'listener';

const kinds: readonly Kind[] = ['cluster', 'chain', 'protocol', 'listener'];

const titles: Readonly<Record<Kind, string>> = {
  cluster: 'every Cluster is encoded otherwise',
  protocol: "a Service's protocol changes",
  chain: 'a Listener gets or loses a filter chain',
  listener: 'all filter chains of all Listeners change',
};

const names = Array.from({ length: 10 }, (_, n) => `app-${n}`);

/**
 * A replaced Cluster closes its connections. With HTTP/1.1 each request under way would then open one, more than a busy
 * backend accepts.
 */
const http2 = { appProtocol: 'kubernetes.io/h2c' };

const errorCounters = [
  'assignment_timeout_received',
  'assignment_use_cached',
  'downstream_context_secrets_not_ready',
  'ssl.connection_error',
] as const;

function change(kind: Kind, i: number, port: number, tlsPort: number): object[] {
  const round = Math.floor(i / kinds.length);
  switch (kind) {
    case 'cluster':
      // A route without requests, only to change the Gateway so that the Clusters are sent.
      return [routeOf('unused', [toService('app-0', `/${round}`)])];
    case 'protocol':
      return [service('app-1', { port: round % 2 === 0 ? {} : http2 })];
    case 'chain':
      return [gateway(listeners(port, tlsPort, round))];
    case 'listener':
      return accessLog(round);
  }
}

/** Every third time with one more, which has a hostname of its own. */
function listeners(port: number, tlsPort: number, round: number): object[] {
  const https = { port: tlsPort, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'pair' }] } };
  const more = { ...https, name: 'more', hostname: `more-${round}.example` };
  return [httpListener({ port }), { ...https, name: 'tls' }, ...(round % 3 === 1 ? [more] : [])];
}

function accessLog(round: number): object[] {
  const parameters = {
    group: 'gateway.envoyproxy.io',
    kind: 'EnvoyProxy',
    name: 'proxy',
    namespace: 'default',
  };
  const format = { type: 'Text', text: `${round} %RESPONSE_CODE%\n` };
  const settings = [{ format, sinks: [{ type: 'File', file: { path: '/dev/null' } }] }];
  return [gatewayClass('sluice', parameters), envoyProxy({ telemetry: { accessLog: { settings } } })];
}
