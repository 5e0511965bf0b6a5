import { randomBytes } from 'node:crypto';
import { converge } from '../../rig/envoy/converge.ts';
import type { SoakPorts } from '../../rig/load/scenario.ts';
import { askingOften } from '../cluster-registry.ts';
import { TestNamespace } from '../test-namespace.ts';
import { ensureSluice, helmInstall, sluiceIsReady } from '../sluice.ts';
import { ensureEnvoyGateway, envoyGatewayClass } from './envoy-gateway.ts';
import { openConsole } from './console-shot.ts';
import { PluggedRoute, type RegistryState } from './plugged-route.ts';
import { editRoutes } from './route-edits.ts';
import { loadFor, type LoadResult } from './rollout-load.ts';
import { app, isRolledOut, raiseGateway, raisePods, replaced, restart } from './rollout-namespace.ts';
import { SimulatedPods } from './simulated-pods.ts';
import { Spans, type Span } from './spans.ts';
import type { StoryOptions } from './story.ts';

export interface RolloutResult {
  readonly load: LoadResult;
  /** From the first pod's end until all are new; NaN: not within the load. */
  readonly replacedSeconds: number;
  readonly edits: number;
  /** Only Sluice exposes these figures. */
  readonly spans: readonly Span[];
}

/** Seconds of the load before the first pod is replaced. */
export const quietSeconds = 3;

const startMs = 120_000;

/** Many times as long as a verdict is valid in this story. */
const alternateSeconds = 8;

export async function playRollout(
  options: StoryOptions,
  progress: SoakPorts['progress'],
): Promise<RolloutResult> {
  const isSluice = options.text('control-plane') === 'sluice';
  const registry = options.text('registry');
  progress(`installing ${options.text('control-plane')}`);
  const namespace = `story-rollout-${randomBytes(2).toString('hex')}`;
  const ns = await TestNamespace.open(namespace, isSluice ? ensureSluice : ensureEnvoyGateway);
  const play = new RolloutPlay(ns, options, progress);
  try {
    // A registry that is asked every few minutes would not be asked at all while it hangs.
    if (registry === 'alternating') await askOften(ns);
    return await play.run(isSluice ? 'sluice' : envoyGatewayClass);
  } finally {
    await play.close();
    await ns.close();
    if (registry === 'alternating') await helmInstall();
  }
}

async function askOften({ kube }: TestNamespace): Promise<void> {
  await helmInstall(...askingOften);
  await sluiceIsReady(kube);
}

class RolloutPlay {
  readonly #ns: TestNamespace;
  readonly #options: StoryOptions;
  readonly #progress: SoakPorts['progress'];
  #simulated: SimulatedPods | undefined;
  #plugged: PluggedRoute | undefined;
  #edits = 0;
  #replacedSeconds = NaN;

  constructor(ns: TestNamespace, options: StoryOptions, progress: SoakPorts['progress']) {
    this.#ns = ns;
    this.#options = options;
    this.#progress = progress;
  }

  async run(gatewayClassName: string): Promise<RolloutResult> {
    const ns = this.#ns;
    const [routes, endpoints] = [this.#options.number('routes'), this.#options.number('endpoints')];
    this.#progress(`a Gateway with ${routes} other routes`);
    const address = await raiseGateway(ns, gatewayClassName, routes);
    this.#progress(`${endpoints} endpoints`);
    const linger = this.#options.number('linger');
    if (this.#options.text('readiness') === 'simulated')
      this.#simulated = await SimulatedPods.raise(ns, endpoints, linger);
    else await raisePods(ns, endpoints, linger);
    await converge(async () => (await ns.ask(app.host)).status === 200, startMs);
    const registry = this.#options.text('registry');
    if (registry !== 'none') this.#plugged = await PluggedRoute.raise(ns, first(registry));
    const seconds = this.#options.number('seconds');
    const rate = this.#options.number('rate');
    const work: Promise<unknown>[] = [];
    const spans = gatewayClassName === envoyGatewayClass ? undefined : await Spans.begin(ns);
    const takePicture = this.#options.text('picture') === 'console' ? await openConsole(ns) : undefined;
    const load = await loadFor(
      { address, host: app.host, perSecond: rate, seconds },
      async (second, { summary }) => {
        if (second === 1) await this.#plugged?.plug();
        if (second === quietSeconds) work.push(this.#replaceAll(seconds), this.#edit(routes));
        if (registry === 'alternating' && second % alternateSeconds === 0) {
          await spans?.end(this.#plugged?.state ?? 'none');
          this.#plugged?.turn(this.#plugged.state === 'healthy' ? 'hung' : 'healthy');
        }
        if (second === Math.round(seconds * 0.6)) await takePicture?.();
        const done = second < quietSeconds ? 0 : (this.#simulated?.moved ?? (await replaced(ns)));
        const edits = this.#edits === 0 ? '' : `, ${this.#edits} routes edited`;
        const state = this.#plugged === undefined ? '' : `, registry ${this.#plugged.state}`;
        this.#progress(`${second} s: ${summary}, ${done} of ${endpoints} pods new${edits}${state}`);
      },
    );
    await Promise.all(work);
    await spans?.end(this.#plugged?.state ?? 'none');
    return {
      load,
      replacedSeconds: this.#replacedSeconds,
      edits: this.#edits,
      spans: spans?.done ?? [],
    };
  }

  async close(): Promise<void> {
    this.#simulated?.close();
    await this.#plugged?.close();
  }

  async #replaceAll(seconds: number): Promise<void> {
    const beganAt = performance.now();
    const leftMs = (seconds - 2 * quietSeconds) * 1000;
    if (this.#simulated !== undefined) await this.#simulated.replaceAll(leftMs);
    else {
      await restart(this.#ns, String(Date.now()));
      try {
        await converge(() => isRolledOut(this.#ns), leftMs);
      } catch {
        return;
      }
    }
    this.#replacedSeconds = (performance.now() - beganAt) / 1000;
  }

  async #edit(routes: number): Promise<void> {
    await editRoutes(this.#ns, this.#options.number('edits'), routes, () => this.#edits++);
  }
}

function first(registry: string): RegistryState {
  return registry === 'hung' || registry === 'failing' ? registry : 'healthy';
}
