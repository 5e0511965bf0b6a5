import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { gateway, httpListener } from '../rig/objects/manifests.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyRig, toService } from '../rig/envoy/envoy-rig.ts';
import { echo, send } from '../rig/envoy/http-client.ts';

let rig: EnvoyRig;
let squatter: Server;

beforeAll(async () => {
  rig = await EnvoyRig.start({ ports: 4 });
  await rig.backend('app');
  await rig.serve('app', [toService('app')]);
  // Envoy cannot bind this port, which translation cannot know.
  squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(rig.ports[1], '0.0.0.0', resolve));
});

afterAll(async () => {
  await new Promise((resolve) => squatter.close(resolve));
  await rig.close({ rejected: 'expected' });
});

function listeners(...indexes: readonly number[]): object {
  return gateway(indexes.map((i) => httpListener({ name: `l${i}`, port: rig.ports[i] })));
}

async function answers(index: number): Promise<string> {
  return echo(await send(rig.ports[index] ?? 0, { host: 'app.test' })).backend;
}

test('a listener that Envoy rejects keeps no other from being served', async () => {
  rig.apply([listeners(0, 1, 2, 3)]);
  await converge(async () => {
    expect(await answers(2)).toBe('app');
    expect(await answers(3)).toBe('app');
  });
  expect(await answers(0)).toBe('app');
  expect(await rig.rejected()).toBeGreaterThan(0);
});

test('the Gateway says what Envoy rejects, in its own words', async () => {
  await converge(() => {
    expect(rig.condition('Gateway', 'web', 'Programmed')).toMatchObject({
      status: 'False',
      reason: 'Invalid',
    });
  });
  const message = rig.condition('Gateway', 'web', 'Programmed')?.message;
  expect(message).toContain(listenerName(1));
  expect(message).toMatch(/address already in use/i);
});

test('it is not sent again and again, and what changes beside it goes on', async () => {
  const rejected = await rig.rejected();
  rig.apply([listeners(0, 1, 2)]);
  await converge(async () => {
    await expect(answers(3)).rejects.toThrow('ECONNREFUSED');
  });
  await rig.serve('app', [toService('app', '/'), toService('app', '/more')], { except: listenerName(1) });
  expect(await rig.rejected()).toBe(rejected);
  expect(await answers(2)).toBe('app');
});

test('it is served when its reason is gone and it is made again', async () => {
  await new Promise((resolve) => squatter.close(resolve));
  rig.apply([listeners(0, 2)]);
  await rig.settled();
  rig.apply([listeners(0, 1, 2)]);
  await rig.settled();
  expect(await answers(1)).toBe('app');
  await converge(() => rig.condition('Gateway', 'web', 'Programmed')?.status === 'True');
});

function listenerName(index: number): string {
  return `default/web/${rig.ports[index]}`;
}
