import { expect, test } from 'vitest';
import { measure, missed } from '../../rig/load/measure.ts';
import { figure } from '../cluster.ts';
import { faults } from './faults.ts';
import { issuer } from './issuer.ts';
import { mirrors } from './mirrors.ts';
import { oddServices } from './odd-services.ts';
import { rollout } from './rollout.ts';
import { statuses } from './statuses.ts';
import { StoryOptions, type Story } from './story.ts';

/** A pod that ends a second after its endpoint is removed loses requests when the machine stalls for as long. */
const slow = { linger: '5', seconds: '30', times: 'shown' };

/** Options for the cluster tests; all others have their defaults. */
const played: readonly (readonly [Story, Readonly<Record<string, string>>])[] = [
  [oddServices, { services: '1500', gateways: '60' }],
  [mirrors, {}],
  [faults, { every: '7' }],
  [rollout, { registry: 'healthy', ...slow }],
  [rollout, { registry: 'hung', ...slow }],
  [rollout, { registry: 'failing', readiness: 'simulated', endpoints: '300', edits: '600', ...slow }],
  [statuses, { rounds: '40' }],
  [issuer, { routes: '300', endpoints: '300', times: 'shown' }],
];

for (const [story, given] of played) {
  const chosen = Object.entries(given).map(([name, value]) => `, ${name} ${value}`);
  test(`${story.name}${chosen.join('')}: ${story.title}`, { timeout: 900_000 }, async () => {
    const options = StoryOptions.of(story, given);
    if (typeof options === 'string') throw new Error(options);
    const run: Parameters<typeof measure>[0]['run'] = (ports) => story.run(ports, options);
    const figures = await measure({ name: story.name, run }, () => {});
    for (const { name, value, atMost } of figures)
      figure(`${story.name}: ${name}: ${value}${atMost === undefined ? '' : ` (at most ${atMost})`}`);
    expect(missed(figures)).toEqual([]);
  });
}
