import { isRolledOut, raiseGateway, raisePods, restart, restarted } from './rollout-scene.ts';
import { Scene } from '../scene.ts';
import type { Story, StoryOptions } from './story.ts';
import { converge } from '../../envoy/converge.ts';
import { app } from './rollout-scene.ts';
import { loadFor, type LoadResult } from './rollout-load.ts';
import { editRoutes } from './route-edits.ts';
import { SimulatedPods } from './simulated-pods.ts';
import { between, count, look, quantileMs, type Looked } from './sluice-figures.ts';
import type { SoakPorts } from '../../soak/scenario.ts';

/** Story 4: endpoints waited behind full translations and behind a registry that did not answer. */
export const rollout: Story = {
  name: 'rollout',
  title: 'every pod of a Service restarts beside 1,000 other routes, and no request fails',
  options: [
    {
      name: 'readiness',
      default: 'probes',
      values: ['probes', 'simulated'],
      meaning: 'real pods with probes, or EndpointSlices that the story writes',
    },
    { name: 'endpoints', default: '100', meaning: 'pods, or simulated endpoints' },
    { name: 'routes', default: '1000', meaning: 'other routes, each with a Service of its own' },
    { name: 'edits', default: '0', meaning: 'edits of those routes while the pods restart' },
    { name: 'rate', default: '300', meaning: 'requests a second' },
    { name: 'seconds', default: '45', meaning: 'how long' },
  ],
  async run({ report, progress }, options) {
    const { load, restartSeconds, edits, lateMs, first, last } = await playRollout(options, progress);
    report('requests', load.sent);
    report('requests that failed', load.failed, 0);
    report('seconds until every pod was new', restartSeconds);
    report('route edits', edits);
    for (const lane of ['endpoints', 'config'] as const) {
      const lags = between([[first.lags[lane], last.lags[lane]]]);
      report(`${lane}: changes that a proxy has ACKed`, count(lags));
      report(`${lane}: from the event to the ACK, p50 ms`, quantileMs(lags, 0.5));
      report(`${lane}: from the event to the ACK, p99 ms`, quantileMs(lags, 0.99));
    }
    report('latest timer of the main thread, ms', lateMs);
  },
};

/** What a rollout came to. */
export interface RolloutResult {
  readonly load: LoadResult;
  readonly restartSeconds: number;
  readonly edits: number;
  readonly lateMs: number;
  /** Before and after the load. */
  readonly first: Looked;
  readonly last: Looked;
}

async function playRollout(options: StoryOptions, progress: SoakPorts['progress']): Promise<RolloutResult> {
  const endpoints = options.number('endpoints');
  const routes = options.number('routes');
  progress(`a Gateway with ${routes} other routes`);
  const scene = await Scene.open('story-rollout');
  let simulated: SimulatedPods | undefined;
  try {
    const address = await raiseGateway(scene, 'sluice', routes);
    progress(`${endpoints} endpoints`);
    if (options.text('readiness') === 'simulated') simulated = await SimulatedPods.raise(scene, endpoints);
    else await raisePods(scene, endpoints);
    await scene.answers(app.host, 200);
    const first = await look(scene.kube);
    let [lateMs, edits, restartSeconds, beganAt] = [0, 0, 0, 0];
    let work: Promise<unknown>[] = [];
    const seconds = options.number('seconds');
    const load = await loadFor(
      { address, host: app.host, perSecond: options.number('rate'), seconds },
      async (second, { summary }) => {
        if (second === quietSeconds) {
          beganAt = performance.now();
          const over = async (): Promise<void> => {
            if (simulated !== undefined) await simulated.rollOver((seconds - 3 * quietSeconds) * 1000);
            else {
              await restart(scene, String(Date.now()));
              await converge(() => isRolledOut(scene), seconds * 1000);
            }
            restartSeconds = (performance.now() - beganAt) / 1000;
          };
          work = [over(), editRoutes(scene, options.number('edits'), routes, () => edits++)];
        }
        lateMs = Math.max(lateMs, (await look(scene.kube)).lateMs);
        const done = simulated?.moved ?? (second < quietSeconds ? 0 : await restarted(scene));
        progress(`${second} s: ${summary}; ${done} of ${endpoints} pods are new; ${edits} edits`);
      },
    );
    await Promise.all(work);
    return { load, restartSeconds, edits, lateMs, first, last: await look(scene.kube) };
  } finally {
    simulated?.close();
    await scene.close();
  }
}

/** Of the load, before the restart begins. */
const quietSeconds = 3;
