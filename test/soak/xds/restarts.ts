import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { must } from '../../../src/lib/assert.ts';
import { converge } from '../../rig/envoy/converge.ts';
import { EnvoyChild } from '../../rig/envoy/envoy-child.ts';
import { freePorts } from '../../rig/envoy/free-ports.ts';
import { hostOf, routeOf, toService } from '../../rig/envoy/envoy-rig.ts';
import { send, sendTls } from '../../rig/envoy/http-client.ts';
import { selfSigned, tlsSecret } from '../../rig/objects/certificate.ts';
import { endpointSlice, gateway, gatewayClass, httpListener, service } from '../../rig/objects/manifests.ts';
import { endOf } from '../envoy-figures.ts';
import { Load } from '../../rig/load/load.ts';
import type { SoakPorts } from '../../rig/load/scenario.ts';
import { SluiceProcess } from '../sluice-process.ts';

/**
 * Sluice is killed and restarted while a route moves between Services under load, one request in five over TLS: every
 * second time at rest, otherwise during a move, which goes on without Sluice.
 */
export async function restarts(
  { report, progress }: SoakPorts,
  {
    times,
    others,
    perSecond,
  }: { readonly times: number; readonly others: number; readonly perSecond: number },
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-soak-'));
  const [port = 0, tlsPort = 0, ...ports] = await freePorts(4);
  const sluice = new SluiceProcess(directory, ports);
  const envoy = new EnvoyChild();
  const load = await Load.start();
  let move = 0;
  const next = (): void => {
    move++;
    const name = `mover-${move}`;
    sluice.write('moving', [...backendOf(name, load.backendPort), moverTo(name, move)]);
  };
  /** Checks both ports, as a restart must not find routes that are still to be sent. */
  const isLive = (): Promise<boolean> =>
    converge(async () => {
      const host = hostOf('mover');
      const answers = [await send(port, { host }), await sendTls(tlsPort, { serverName: host })];
      return answers.every(({ headers }) => headers.get('x-move')?.[0] === String(move));
    }, reconnectMs);
  try {
    sluice.write('base', base(port, tlsPort, load.backendPort, others));
    next();
    await sluice.start();
    await envoy.start({ gateway: 'default/web', xdsPort: sluice.xdsPort, concurrency: 2 });
    await isLive();
    const host = ['mover', 'mover', 'other-1'].map(hostOf);
    const maxRequests = times * perSecond * 30;
    load.begin([
      { port, host, perSecond: perSecond * 0.8, maxRequests },
      { port: tlsPort, host, perSecond: perSecond * 0.2, tls: true, maxRequests },
    ]);
    await converge(() => load.good >= perSecond / 5);
    const resent = new Map<string, number>();
    for (let i = 1; i <= times; i++) {
      const isQuiet = i % 2 === 1;
      const before = move;
      if (!isQuiet) {
        next();
        // From the file's change to the proxy's last ACK, the same in each run.
        await pause((i * 7) % 60);
      }
      await sluice.kill();
      if (i % 4 === 0) next();
      await sluice.start();
      // Resources of this move are sent after all that Sluice took as missing before.
      await converge(
        async () => total(await sluice.metric('sluice_xds_connected_proxies')) === 1,
        reconnectMs,
      );
      next();
      await isLive();
      await load.keepsUp();
      const sent = await sluice.metric('sluice_xds_resources_sent_total');
      for (const [type, count] of moreThan(sent, move - before))
        resent.set(type, (resent.get(type) ?? 0) + count);
      progress(`${i} of ${times} restarts, ${load.summary}, ${total(resent)} resent`);
    }
    const enough = load.good + perSecond / 2;
    await converge(() => load.good >= enough || load.failed > 0);
    await load.stop();
    report('restarts by kill -9', times);
    report('moves of the route meanwhile', move);
    report('requests', load.sent);
    report('requests that were not answered with 200', load.failed, 0);
    for (const [kind, count] of load.failures) report(`of these: ${kind}`, count);
    report('resources sent that the proxy had', total(resent), 0);
    for (const [type, count] of resent) report(`of these: ${type}`, count);
    await endOf({ envoy }, report);
  } catch (error) {
    throw new Error(`${String(error)}\n${[...sluice.log, ...envoy.log].join('\n')}`, { cause: error });
  } finally {
    await load.close();
    await envoy.stop();
    await sluice.kill();
    rmSync(directory, { recursive: true });
  }
}

/** Envoy's back-off goes up to half a minute. */
const reconnectMs = 60_000;

/** Resources beyond those of the moves: for each a Cluster, its endpoints, and its host at two ports. */
function moreThan(sent: ReadonlyMap<string, number>, moves: number): [string, number][] {
  const needed = new Map([
    ['Cluster', moves],
    ['ClusterLoadAssignment', moves],
    ['VirtualHost', 2 * moves],
  ]);
  return [...sent].flatMap(([type, count]) => {
    const more = count - (needed.get(type) ?? 0);
    return more > 0 ? [[type, more]] : [];
  });
}

function total(metric: ReadonlyMap<string, number>): number {
  return [...metric.values()].reduce((sum, value) => sum + value, 0);
}

function base(port: number, tlsPort: number, backendPort: number, others: number): object[] {
  const calm = Array.from({ length: 50 }, (_, n) => `calm-${n}`);
  const tls = { certificateRefs: [{ name: 'pair' }] };
  return [
    gatewayClass(),
    gateway([httpListener({ port }), { name: 'tls', port: tlsPort, protocol: 'HTTPS', tls }]),
    tlsSecret('pair', selfSigned(['*.test'])),
    ...calm.flatMap((name) => backendOf(name, backendPort)),
    ...Array.from({ length: others }, (_, n) =>
      routeOf(`other-${n}`, [toService(must(calm[n % calm.length], 'name'))]),
    ),
  ];
}

function backendOf(name: string, port: number): object[] {
  return [service(name), endpointSlice(['127.0.0.1'], { name: `${name}-1`, service: name, port })];
}

function moverTo(name: string, move: number): object {
  const says = {
    type: 'ResponseHeaderModifier',
    responseHeaderModifier: { set: [{ name: 'x-move', value: String(move) }] },
  };
  return routeOf('mover', [{ ...toService(name), filters: [says] }]);
}
