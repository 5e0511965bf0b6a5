import { quantiles } from '../../rig/load/quantiles.ts';
import type { RouteFragment, UnitOutput } from '../../../src/batch/outcome.ts';
import { must } from '../../../src/lib/assert.ts';
import { contentHash } from '../../../src/lib/hash.ts';
import { endpointSlice, httpListener, service } from '../../rig/objects/manifests.ts';
import { converge } from '../../rig/envoy/converge.ts';
import { EnvoyRig, hostOf, routeOf, toService } from '../../rig/envoy/envoy-rig.ts';
import { send } from '../../rig/envoy/http-client.ts';
import { endOf } from '../envoy-figures.ts';
import { Load } from '../../rig/load/load.ts';
import type { SoakPorts } from '../../rig/load/scenario.ts';

/** An edit reaches the host of fifty ports, and Envoy rejects one of them: time until the others are live. */
export async function badRoute(
  { report, progress }: SoakPorts,
  { rounds, perSecond }: { readonly rounds: number; readonly perSecond: number },
): Promise<void> {
  let badPort = 0;
  const load = await Load.start();
  const rig = await EnvoyRig.start({
    ports: portCount,
    concurrency: 2,
    listeners: (ports) => ports.map((port) => httpListener({ name: `l${port}`, port })),
    tamper: (output) => spoil(output, `default/web/${badPort}:*`),
  });
  const [first = 0] = rig.ports;
  const live = async (round: string): Promise<void> => {
    let waiting = rig.ports.filter((port) => port !== badPort);
    await converge(async () => {
      const said = await Promise.all(waiting.map(saysAt));
      waiting = waiting.filter((_, i) => said[i] !== round);
      return waiting.length === 0;
    });
  };
  try {
    const slice = endpointSlice(['127.0.0.1'], { port: load.backendPort });
    rig.apply([service('app'), slice, routeSaying('start')]);
    await rig.settled();
    // The first port is never the bad one, nor the one that stays as it was.
    const maxRequests = rounds * perSecond * 30;
    load.begin(
      rig.ports.map((port) => ({
        port,
        host: hostOf('app'),
        perSecond: perSecond / portCount,
        maxRequests,
      })),
    );
    await converge(() => load.good >= portCount);
    const times: number[] = [];
    let [lost, unnamed, split] = [0, 0, 0];
    let before = 'start';
    for (let round = 1; round <= rounds; round++) {
      badPort = must(rig.ports[1 + ((round * 7) % (portCount - 1))], 'port');
      const refusedBefore = rig.log.lines.length;
      const startedAt = performance.now();
      rig.apply([routeSaying(`bad ${round}`)]);
      await live(`bad ${round}`);
      times.push(performance.now() - startedAt);
      await converge(() => [...rig.view.rejections()].length > 0);
      if (!hasOnly(rig, badPort)) unnamed++;
      if ((await saysAt(badPort)) !== before) lost++;
      if (largest(rig, refusedBefore) !== portCount) split++;
      badPort = 0;
      before = `mended ${round}`;
      rig.apply([routeSaying(before)]);
      await live(before);
      await rig.settled();
      if ([...rig.view.rejections()].length > 0) unnamed++;
      await load.keepsUp();
      progress(`${round} of ${rounds} rounds, ${load.summary}`);
    }
    await load.stop();
    report('virtual hosts in one response', portCount);
    report('rounds', rounds);
    report('the 49 good ones are live, p50 ms', quantiles(times).p50);
    report('the 49 good ones are live, max ms', quantiles(times).max, 1000, 'ms');
    report('rounds whose first response did not have all of them', split, 0);
    report('rounds in which the bad one lost its last good version', lost, 0);
    report('rounds in which it was not known which one is bad, or mended', unnamed, 0);
    report('requests', load.sent);
    report('requests that were not answered with 200', load.failed, 0);
    for (const [kind, count] of load.failures) report(`of these: ${kind}`, count);
    await endOf(rig, report, { isRefused: true });
    if ((await saysAt(first)) !== before) report('the last change is not live', 1, 0);
  } finally {
    await load.close();
    await rig.close({ rejected: 'expected' });
  }
}

const portCount = 50;

async function saysAt(port: number): Promise<string | undefined> {
  const { headers } = await send(port, { host: hostOf('app') });
  return headers.get('x-round')?.[0];
}

function routeSaying(round: string): object {
  const header = {
    type: 'ResponseHeaderModifier',
    responseHeaderModifier: { set: [{ name: 'x-round', value: round }] },
  };
  return routeOf('app', [{ ...toService('app'), filters: [header] }]);
}

/** Adds a route without a match, which Envoy rejects and translation never writes. */
function spoil(output: UnitOutput, routeConfiguration: string): UnitOutput {
  const spoiled = (fragment: RouteFragment): RouteFragment => {
    if (fragment.routeConfiguration !== routeConfiguration || fragment.entries.length === 0) return fragment;
    const version = contentHash(`${fragment.version} spoiled`);
    return {
      ...fragment,
      version,
      entries: [...fragment.entries, { order: '9 9 spoiled', rule: '', bytes: emptyRoute }],
    };
  };
  return { ...output, fragments: output.fragments.map(spoiled) };
}

/** `VirtualHost.routes`, of no length. */
const emptyRoute = Uint8Array.from([(3 << 3) | 2, 0]);

/** True when only the port's virtual host is known as rejected, with Envoy's message. */
function hasOnly(rig: EnvoyRig, port: number): boolean {
  const [refusal, ...others] = rig.view.rejections();
  return (
    others.length === 0 &&
    refusal?.name === `default/web/${port}:*/${hostOf('app')}` &&
    refusal.domain === hostOf('app') &&
    refusal.message.includes('RouteValidationError')
  );
}

function largest(rig: EnvoyRig, line: number): number {
  const fields = rig.log.lines.slice(line).map((entry): { resources?: number } => entry.fields);
  return Math.max(0, ...fields.map(({ resources = 0 }) => resources));
}
