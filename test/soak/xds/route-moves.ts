import { endpointSlice, service } from '../../rig/objects/manifests.ts';
import { converge } from '../../rig/envoy/converge.ts';
import { EnvoyRig, hostOf, routeOf, toService } from '../../rig/envoy/envoy-rig.ts';
import { endOf } from '../envoy-figures.ts';
import { Load } from '../../rig/load/load.ts';
import type { SoakPorts } from '../../rig/load/scenario.ts';

/**
 * A route moves to a new Service, and its old one is deleted at once; between moves its rules are edited. Every tenth
 * move is not waited for.
 */
export async function routeMoves(
  { report, progress }: SoakPorts,
  { moves, others }: { readonly moves: number; readonly others: number },
): Promise<void> {
  const load = await Load.start();
  const rig = await EnvoyRig.start({ mode: 'threads', concurrency: 2 });
  try {
    const objects = (name: string): object[] => [
      service(name),
      endpointSlice(['127.0.0.1'], { name: `${name}-1`, service: name, port: load.backendPort }),
    ];
    const calm = Array.from({ length: 50 }, (_, n) => `calm-${n}`);
    rig.apply(calm.flatMap(objects));
    rig.apply(Array.from({ length: others }, (_, n) => routeOf(`other-${n}`, [toService(`calm-${n % 50}`)])));
    rig.apply([...objects('mover-0'), routeOf('mover', rulesOf(0))]);
    await rig.settled();
    load.begin([
      {
        port: rig.port,
        host: ['mover', 'mover', 'mover', 'other-1'].map(hostOf),
        perSecond: 500,
        maxRequests: moves * 500,
      },
    ]);
    await converge(() => load.good >= 100);
    for (let i = 1; i <= moves; i++) {
      rig.apply([...objects(`mover-${i}`), routeOf('mover', rulesOf(i))], objects(`mover-${i - 1}`));
      if (i % 10 !== 0) await rig.settled();
      await load.keepsUp();
      progress(`${i} of ${moves} moves, ${load.summary}`);
    }
    await rig.settled();
    const enough = load.good + 250;
    await converge(() => load.good >= enough || load.failed > 0);
    await load.stop();
    report('moves', moves);
    report('requests', load.sent);
    report('requests that were not answered with 200', load.failed, 0);
    for (const [kind, count] of load.failures) report(`of these: ${kind}`, count);
    await endOf(rig, report);
  } finally {
    await load.close();
    await rig.close({ rejected: 'expected' });
  }
}

function rulesOf(i: number): object[] {
  const main = toService(`mover-${i}`);
  const [a, b] = [toService('calm-1', `/a${i}`), toService('calm-2', `/b${i - (i % 3)}`)];
  return [[main], [a, main], [b, main, a], [a, b, main], [main, b]][i % 5] ?? [main];
}
