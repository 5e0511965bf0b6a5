import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ManualClock } from '../rig/pipeline/manual-clock.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

/** Time passes by itself while `ticking`, so that sliced work has several slices. */
class TickingClock extends ManualClock {
  ticking = false;
  #ahead = 0;

  override now(): number {
    if (this.ticking) this.#ahead += 10;
    return super.now() + this.#ahead;
  }
}

const names = Array.from({ length: 200 }, (_, i) => `s${i}`);
const slice = (name: string, address: string) => m.endpointSlice([address], { name, service: name });
const route = (name: string, path: string, parent = 'web') =>
  m.httpRoute([{ matches: [m.prefix(path)], backendRefs: [m.backend(name)] }], {
    name,
    parentRefs: [{ name: parent }],
    hostnames: [`${name}.example.com`],
  });
const manifests = [
  m.gatewayClass(),
  ...['web', 'edge'].map((name) => m.gateway([m.httpListener()], { name })),
  ...[...names, 'app'].flatMap((name) => [m.service(name), slice(name, '10.0.0.1')]),
  route('app', '/', 'edge'),
];

async function committing(): Promise<{ pipeline: Pipeline; clock: TickingClock }> {
  const clock = new TickingClock();
  const pipeline = await Pipeline.started(manifests, { clock });
  clock.ticking = true;
  pipeline.apply(...names.map((name) => route(name, '/')));
  while (pipeline.controller.view('default/web')?.committing !== true) await turn();
  return { pipeline, clock };
}

test('a proxy that connects while a large change of another Gateway is put into force gets everything', async () => {
  const { pipeline, clock } = await committing();
  const client = pipeline.connect({ gateway: 'default/edge' });
  clock.ticking = false;
  await pipeline.settle();
  expect(client.names('RDS')).toEqual(['default/edge/80:*']);
  expect(client.names('CDS')).toEqual(['default/app/80/http1']);
});

test('while a large change is put into force endpoints go, and when it is, proxies see the whole of it at once', async () => {
  const clock = new TickingClock();
  const pipeline = await Pipeline.started(manifests, { clock });
  const client = await pipeline.connected();
  const other = await pipeline.connected({ gateway: 'default/edge' });
  clock.ticking = true;
  pipeline.apply(...names.map((name) => route(name, '/')));
  while (pipeline.controller.view('default/web')?.committing !== true) await turn();
  for (let i = 1; pipeline.controller.view('default/web')?.committing === true; i++) {
    pipeline.apply(slice('app', `10.0.1.${i % 200}`));
    await turn();
  }
  clock.ticking = false;
  expect(other.log.length).toBeGreaterThan(0);
  expect(client.log).toEqual([]);
  await pipeline.settle();
  expect(client.names('CDS')).toHaveLength(200);
  expect(client.take().filter((line) => line.startsWith('VHDS'))).toHaveLength(1);
});
