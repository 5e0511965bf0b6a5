import { must } from '../../src/lib/assert.ts';
import { events, type EventName } from './events.ts';
import { mayGrow } from './grid.ts';
import { sizeOf, type Series } from './growth.ts';
import { axes, type Axis, type Sizes } from '../rig/objects/sized-objects.ts';
import { ScaleFixture, type Counts, type Event } from './scale-fixture.ts';
import type { Steps } from './steps.ts';

const small = Object.fromEntries(axes.map((axis) => [axis, sizeOf.small])) as Sizes;

export interface Played {
  readonly event: EventName;
  readonly series: Series;
}

const all = new Set(Object.keys(events)) as ReadonlySet<EventName>;

export async function playSmall(steps: Steps): Promise<Map<EventName, Counts>> {
  // Fills the caches by content.
  await play(small, new Set(), steps);
  return play(small, all, steps);
}

export async function playAxis(axis: Axis, base: Map<EventName, Counts>, steps: Steps): Promise<Played[]> {
  const growing = new Set([...all].filter((event) => mayGrow[event][axis] !== undefined));
  const middle = await play({ ...small, [axis]: sizeOf.middle }, growing, steps);
  const large = await play({ ...small, [axis]: sizeOf.large }, all, steps);
  return [...large].map(([event, counts]) => ({
    event,
    series: { small: must(base.get(event), event), middle: middle.get(event), large: counts },
  }));
}

async function play(
  sizes: Sizes,
  wanted: ReadonlySet<EventName>,
  steps: Steps,
): Promise<Map<EventName, Counts>> {
  const { fixture, start } = await ScaleFixture.started(sizes, steps);
  const found = new Map<EventName, Counts>([['start', start]]);
  for (const [name, event] of Object.entries(events) as [keyof typeof events, Event][]) {
    if (!wanted.has(name)) continue;
    // Twice: Sluice has seen such an event before.
    await fixture.play(event, 1);
    found.set(name, await fixture.counted(event, 2));
  }
  await fixture.pipeline.settle();
  await fixture.close();
  return found;
}
