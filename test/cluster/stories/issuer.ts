import { besidePeerOptions, preparePeer } from './beside-peer.ts';
import { lagsOf } from './endpoint-lags.ts';
import { playIssuer } from './issuer-play.ts';
import { count, quantileMs, type Lags } from './sluice-figures.ts';
import type { Story } from './story.ts';

/** Story 6: one issuer that did not answer held up the routes of all. */
export const issuer: Story = {
  name: 'issuer',
  title: 'an issuer of tokens hangs: no other route is late, and no guarded route opens',
  options: [
    {
      name: 'issuer',
      default: 'alternating',
      values: ['healthy', 'hung', 'alternating'],
      meaning: 'how the issuer of the guarded routes answers',
    },
    { name: 'routes', default: '1000', meaning: 'guarded routes, half by tokens and half by a login' },
    { name: 'endpoints', default: '1000', meaning: 'endpoints of another route that move; hundreds' },
    { name: 'rate', default: '200', meaning: 'requests a second to that other route' },
    { name: 'seconds', default: '60', meaning: 'how long' },
    ...besidePeerOptions,
  ],
  prepare: preparePeer,
  async run({ report, progress }, options) {
    const { load, known, strangers, moved, spans, connections } = await playIssuer(options, progress);
    report('requests to the route without a policy', load.sent);
    report('of these, failed', load.failed, 0);
    report('its endpoints that moved', moved);
    report('requests with a token', known.sent);
    report('of these, not served', known.sent - known.served, 0);
    report('requests with nothing', strangers.sent);
    report('of these, served', strangers.served, 0);
    report('connections to the issuer', connections);
    const lagsWith = (state: string): Lags =>
      lagsOf(
        spans.filter(({ registry }) => registry === state),
        'endpoints',
      );
    for (const state of ['healthy', 'hung']) {
      const lags = lagsWith(state);
      if (count(lags) === 0) continue;
      report(`endpoints, issuer ${state}: changes`, count(lags));
      report(`endpoints, issuer ${state}: p50 ms`, quantileMs(lags, 0.5));
      report(`endpoints, issuer ${state}: p99 ms`, quantileMs(lags, 0.99));
    }
    const p99 = (state: string): number => quantileMs(lagsWith(state), 0.99);
    const ratio = p99('hung') / p99('healthy');
    if (Number.isNaN(ratio)) return;
    report(
      'endpoints: p99 with the issuer hung : healthy',
      ratio,
      ...(options.text('times') === 'held' ? [1.1] : []),
    );
  },
};
