import type { SoakPorts } from '../../rig/load/scenario.ts';
import { besidePeerOptions, preparePeer } from './beside-peer.ts';
import { lagsOf } from './endpoint-lags.ts';
import { playRollout } from './rollout-play.ts';
import { between, count, highestMs, quantileMs } from './sluice-figures.ts';
import type { Span } from './spans.ts';
import type { Story } from './story.ts';

/** Story 4: endpoints waited behind full translations, and behind a registry that did not answer. */
export const rollout: Story = {
  name: 'rollout',
  title: 'every pod of a Service is replaced beside 1,000 other routes, and no request fails',
  options: [
    {
      name: 'registry',
      default: 'none',
      values: ['none', 'healthy', 'hung', 'failing', 'alternating'],
      meaning: 'where the plugin of one other route comes from',
    },
    {
      name: 'readiness',
      default: 'probes',
      values: ['probes', 'simulated'],
      meaning: 'real pods with probes, or endpoints that the story itself writes',
    },
    { name: 'endpoints', default: '100', meaning: 'pods; hundreds when they are simulated' },
    { name: 'routes', default: '1000', meaning: 'other routes, each with a Service of its own' },
    { name: 'edits', default: '0', meaning: 'edits of those routes meanwhile' },
    { name: 'linger', default: '1', meaning: 'seconds that a pod serves after its end has begun' },
    { name: 'rate', default: '300', meaning: 'requests a second' },
    { name: 'seconds', default: '45', meaning: 'how long' },
    {
      name: 'picture',
      default: 'none',
      values: ['none', 'console'],
      meaning: 'console: takes docs/console.png in the middle of the load; needs Chromium',
    },
    ...besidePeerOptions,
  ],
  prepare: preparePeer,
  async run({ report, progress }, options) {
    const { load, replacedSeconds, edits, spans } = await playRollout(options, progress);
    report('requests', load.sent);
    report('requests that failed', load.failed, 0);
    report('seconds until every pod was new', replacedSeconds);
    report('pods that were not replaced in time', Number.isNaN(replacedSeconds) ? 1 : 0, 0);
    report('route edits', edits);
    if (spans.length === 0) return;
    const goal = (atMost: number): number[] => (options.text('times') === 'held' ? [atMost] : []);
    for (const lane of ['endpoints', 'config'] as const) {
      const lags = lagsOf(spans, lane);
      report(`${lane}: changes that a proxy has ACKed`, count(lags));
      if (count(lags) === 0) continue;
      report(`${lane}: from the event to the ACK, p50 ms`, quantileMs(lags, 0.5));
      report(`${lane}: from the event to the ACK, p99 ms`, quantileMs(lags, 0.99));
    }
    const late = between(spans.map(({ before, after }) => [before.late, after.late]));
    report('latest timer of a main thread, at most ms', highestMs(late), ...goal(50));
    reportByRegistry(report, spans, goal(1.1));
  },
};

/** Figures of one run, so that both have met the same machine. */
function reportByRegistry(
  report: SoakPorts['report'],
  spans: readonly Span[],
  goal: readonly number[],
): void {
  const p99 = (registry: string): number => {
    const own = spans.filter((span) => span.registry === registry);
    const lags = lagsOf(own, 'endpoints');
    report(`endpoints, registry ${registry}: changes`, count(lags));
    report(`endpoints, registry ${registry}: p50 ms`, quantileMs(lags, 0.5));
    report(`endpoints, registry ${registry}: p99 ms`, quantileMs(lags, 0.99));
    return quantileMs(lags, 0.99);
  };
  if (new Set(spans.map(({ registry }) => registry)).size < 2) return;
  report('endpoints: p99 with the registry hung : healthy', p99('hung') / p99('healthy'), ...goal);
}
