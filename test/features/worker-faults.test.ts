import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { resourceKey } from '../../src/lib/key.ts';
import { ThreadPool } from '../../src/pool/threads.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const entry = new URL('../rig/pipeline/faulty-worker.ts', import.meta.url);
const route = (name: string, path: string) =>
  m.httpRoute([{ matches: [m.prefix(path)], backendRefs: [m.backend()] }], {
    name,
    hostnames: [`${name}.example.com`],
  });
const manifests = [
  m.gatewayClass(),
  m.gateway([m.httpListener()]),
  m.service(),
  m.endpointSlice(['10.0.0.1']),
  route('victim', '/good'),
  route('bystander', '/before'),
];
let pipeline: Pipeline;

afterEach(() => pipeline.close());

function fallBack(name: string): unknown {
  const status = pipeline.controller.status(resourceKey('HTTPRoute', 'default', name));
  const { parents } = status as { parents: { conditions: { type: string }[] }[] };
  return parents[0]?.conditions.find(({ type }) => type === 'PartiallyInvalid');
}

test.each(['throw', 'exit', 'memory', 'spin'])(
  'an object that ends every worker by %s keeps its last good bytes; the others, and what comes after, are served',
  async (fault) => {
    const pool = new ThreadPool({ workers: 1, deadlineMs: 400, heapMiB: 64, entry }, systemClock);
    pipeline = await Pipeline.started(manifests, { pools: { config: pool } });
    const client = await pipeline.connected();
    const good = host('victim', client.routes('default/web/80:*'));
    pipeline.apply(route('victim', `/fault-${fault}`), route('bystander', '/after'));
    await pipeline.settle();
    const configuration = client.routes('default/web/80:*');
    expect(host('victim', configuration)).toEqual(good);
    expect(JSON.stringify(host('bystander', configuration))).toContain('/after');
    expect(pipeline.log.lines.filter(({ level }) => level === 'error')).toContainEqual(
      expect.objectContaining({
        fields: expect.objectContaining({
          unit: 'AttachedRoute/default/web/HTTPRoute/default/victim',
        }) as unknown,
      }),
    );
    expect(fallBack('victim')).toMatchObject({
      status: 'True',
      message: expect.stringMatching(/^Fall Back: Sluice fails to translate it/) as unknown,
    });
    expect(fallBack('bystander')).toBeUndefined();
    pipeline.apply(route('victim', '/mended'));
    await pipeline.settle();
    expect(fallBack('victim')).toBeUndefined();
    expect(JSON.stringify(host('victim', client.routes('default/web/80:*')))).toContain('/mended');
  },
);

test('while config workers die one after the other, endpoints go as ever', async () => {
  const pools = {
    config: new ThreadPool({ workers: 1, deadlineMs: 5000, heapMiB: 64, entry }, systemClock),
    endpoints: new ThreadPool({ workers: 1, deadlineMs: 5000, heapMiB: 64, entry }, systemClock),
  };
  pipeline = await Pipeline.started(manifests, { pools });
  const client = await pipeline.connected();
  pipeline.apply(route('victim', '/fault-spin'));
  for (const address of ['10.0.0.2', '10.0.0.3', '10.0.0.4']) {
    pipeline.apply(m.endpointSlice([address]));
    await pipeline.until(() => client.log.length > 0);
    expect(client.take()).toEqual(['EDS default/app/80']);
  }
  expect(pipeline.controller.backlog).toBeGreaterThan(0);
});

test('an object that is poison from the start harms no other, and serves once it is mended', async () => {
  const pool = new ThreadPool({ workers: 1, deadlineMs: 5000, heapMiB: 64, entry }, systemClock);
  pipeline = await Pipeline.started([...manifests, route('poison', '/fault-exit')], {
    pools: { config: pool },
  });
  const client = await pipeline.connected();
  expect(host('bystander', client.routes('default/web/80:*'))).toBeDefined();
  expect(host('poison', client.routes('default/web/80:*'))).toBeUndefined();
  pipeline.apply(route('poison', '/mended'));
  await pipeline.settle();
  expect(host('poison', client.routes('default/web/80:*'))).toBeDefined();
});

test('what refers to a unit that never had an output is served all the same', async () => {
  const pool = new ThreadPool({ workers: 1, deadlineMs: 5000, heapMiB: 64, entry }, systemClock);
  const poison = m.service('poison', { port: { name: 'fault-exit' } });
  const toPoison = m.httpRoute([{ backendRefs: [m.backend('poison')] }], {
    name: 'poison',
    hostnames: ['poison.example.com'],
  });
  pipeline = await Pipeline.started([...manifests, poison, toPoison], { pools: { endpoints: pool } });
  const client = await pipeline.connected();
  expect(host('poison', client.routes('default/web/80:*'))).toBeDefined();
  expect(client.json('EDS', 'default/poison/80')).toEqual({ clusterName: 'default/poison/80' });
  expect(client.json('EDS', 'default/app/80')).toHaveProperty('endpoints');
});

test('a route whose policies cannot be found from the start is closed, and says so', async () => {
  const pool = new ThreadPool({ workers: 1, deadlineMs: 5000, heapMiB: 64, entry }, systemClock);
  const target = { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'victim' };
  const policy = m.extensionPolicy({
    targetRefs: [target],
    lua: [{ type: 'Inline', inline: '-- fault-throw-in-AttachedPolicies' }],
  });
  pipeline = await Pipeline.started([...manifests, policy], { pools: { config: pool } });
  const client = await pipeline.connected();
  const closed = JSON.stringify(host('victim', client.routes('default/web/80:*')));
  expect(closed).toContain('"directResponse":{"status":500');
  expect(JSON.stringify(host('bystander', client.routes('default/web/80:*')))).not.toContain(
    'directResponse',
  );
  expect(fallBack('victim')).toMatchObject({ status: 'True' });
  pipeline.delete(policy);
  await pipeline.settle();
  expect(JSON.stringify(host('victim', client.routes('default/web/80:*')))).not.toContain('directResponse');
});

function host(name: string, configuration: object): object | undefined {
  const { virtualHosts } = configuration as { virtualHosts: { name: string }[] };
  return virtualHosts.find((host_) => host_.name === `${name}.example.com`);
}
