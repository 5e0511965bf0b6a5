import { expect, test } from 'vitest';
import { measure, missed } from '../../rig/load/measure.ts';
import { figure } from '../cluster.ts';
import { faults } from './faults.ts';
import { mirrors } from './mirrors.ts';
import { oddServices } from './odd-services.ts';
import { rollout } from './rollout.ts';
import { statuses } from './statuses.ts';
import { StoryOptions, type Story } from './story.ts';

/** Options for the cluster tests; all others have their defaults. */
const played: readonly (readonly [Story, Readonly<Record<string, string>>])[] = [
  [oddServices, {}],
  [mirrors, {}],
  [faults, {}],
  [rollout, { registry: 'healthy', times: 'shown' }],
  [rollout, { registry: 'hung', seconds: '60', times: 'shown' }],
  [
    rollout,
    { registry: 'failing', readiness: 'simulated', endpoints: '1000', edits: '2000', times: 'shown' },
  ],
  [statuses, {}],
];

/** A pod ends one second after its endpoint is removed, so a stalled machine loses requests, but not each time. */
const rolloutRetries = 2;

for (const [story, given] of played) {
  const retry = story === rollout ? rolloutRetries : 0;
  const chosen = Object.entries(given).map(([name, value]) => `, ${name} ${value}`);
  test(`${story.name}${chosen.join('')}: ${story.title}`, { timeout: 600_000, retry }, async () => {
    const options = StoryOptions.of(story, given);
    if (typeof options === 'string') throw new Error(options);
    const run: Parameters<typeof measure>[0]['run'] = (ports) => story.run(ports, options);
    const figures = await measure({ name: story.name, run }, () => {});
    for (const { name, value, atMost } of figures)
      figure(`${story.name}: ${name}: ${value}${atMost === undefined ? '' : ` (at most ${atMost})`}`);
    expect(missed(figures)).toEqual([]);
  });
}
