import { afterEach, beforeEach, expect, test } from 'vitest';
import { FaultProxy, type NetworkFault } from '../../test/rig/load/fault-proxy.ts';
import { artifact } from '../../test/rig/wasm/wasm-image.ts';
import { plugin } from '../../test/rig/wasm/plugin.ts';
import { known, ModuleFetches, moduleOf } from '../../test/rig/wasm/module-fetches.ts';

let fetches: ModuleFetches;

const faults: [string, NetworkFault, string][] = [
  ['hangs', { kind: 'hang' }, 'timeout'],
  ['hangs in the middle of the headers', { kind: 'hang-after', bytes: 20 }, 'timeout'],
  ['hangs in the middle of the module', { kind: 'hang-after', bytes: 1000 }, 'timeout'],
  ['is slow', { kind: 'slow', bytes: 1, everyMs: 10 }, 'timeout'],
  ['resets', { kind: 'reset' }, 'network'],
  ['resets in the middle of the module', { kind: 'reset-after', bytes: 1000 }, 'network'],
  ['ends in the middle of the headers', { kind: 'end-after', bytes: 20 }, 'network'],
  ['ends in the middle of the module', { kind: 'end-after', bytes: 1000 }, 'network'],
  ['talks nonsense', { kind: 'garbage' }, 'network'],
];

beforeEach(() => {
  fetches = new ModuleFetches();
});
afterEach(() => fetches.close());

test.each<[number, string, string]>([
  [400, 'denied', 'refused'],
  [401, 'denied', 'unauthorized'],
  [403, 'denied', 'unauthorized'],
  [404, 'denied', 'absent'],
  [410, 'denied', 'absent'],
  [429, 'unreachable', 'busy'],
  [500, 'unreachable', 'server'],
  [503, 'unreachable', 'server'],
])('the status %i means %s (%s), for a file as for an image, now as later', async (status, kind, reason) => {
  const registry = await fetches.registry();
  const before = known(await fetches.ask(`${registry.host}/team/plugin:v1`));
  const body = JSON.stringify({ errors: [{ code: 'DENIED', message: 'a secret', detail: 'of its own' }] });
  const headers = { 'content-type': 'application/json', 'retry-after': '7' };
  registry.instead = () => ({ status, headers, body });
  const wanted = { kind, reason, message: `${registry.host} answers ${status}: DENIED` };
  expect(await fetches.ask(`${registry.host}/team/plugin:v1`)).toMatchObject(wanted);
  expect(await fetches.ask(`${registry.host}/team/plugin:v1`, { known: before })).toMatchObject(wanted);
  expect(await fetches.askFile(`http://${registry.host}/x`)).toMatchObject(wanted);
  registry.instead = () => ({ status, headers, body: body.replace('DENIED', 'a secret') });
  expect(await fetches.askFile(`http://${registry.host}/x`)).toMatchObject({
    message: `${registry.host} answers ${status}`,
  });
  const result = await fetches.askFile(`http://${registry.host}/x`);
  if (result.kind === 'unreachable') expect(result.retryAfterMs).toBe(7000);
});

test('a server is held to what it may send, whatever it says that it sends', async () => {
  const registry = await fetches.registry();
  const large = Buffer.alloc(200_000);
  registry.files.set('large', large);
  const size = { kind: 'denied', reason: 'size' } as const;
  expect(await fetches.askFile(`http://${registry.host}/files/large`)).toMatchObject(size);
  registry.instead = () => ({ status: 200, body: large, headers: { 'transfer-encoding': 'chunked' } });
  expect(await fetches.askFile(`http://${registry.host}/files/large`)).toMatchObject(size);
  registry.instead = () => ({
    status: 500,
    body: Buffer.alloc(1_000_000, 'x'),
    headers: { 'content-type': 'application/json' },
  });
  expect(await fetches.askFile(`http://${registry.host}/files/large`)).toMatchObject({
    kind: 'unreachable',
    reason: 'server',
  });
});

test.each(faults)('a server that %s is one that was not reached (%o: %s)', async (_name, fault, reason) => {
  const registry = await fetches.registry();
  const large = await plugin('large', 5000);
  registry.files.set('x', Buffer.from(large));
  registry.push('x', 'v1', artifact(large));
  const proxy = await new FaultProxy(registry.port).start();
  proxy.fault = fault;
  const attemptTimeoutMs = reason === 'timeout' ? 150 : 10_000;
  const limits = { attemptTimeoutMs, connectTimeoutMs: 10_000, maxModuleBytes: 100_000 };
  const wanted = { kind: 'unreachable', reason, message: expect.stringContaining(`127.0.0.1:${proxy.port}`) };
  expect(await fetches.askFile(`http://127.0.0.1:${proxy.port}/files/x`, { limits })).toMatchObject(wanted);
  expect(await fetches.ask(`127.0.0.1:${proxy.port}/x:v1`, { limits })).toMatchObject(wanted);
  proxy.fault = { kind: 'none' };
  expect(moduleOf(await fetches.ask(`127.0.0.1:${proxy.port}/x:v1`)).bytes).toEqual(Buffer.from(large));
  await proxy.close();
});

test('a server that takes no connection, or has no name, is one that was not reached', async () => {
  const registry = await fetches.registry();
  const { host } = registry;
  await registry.close();
  expect(await fetches.ask(`${host}/x`)).toMatchObject({
    kind: 'unreachable',
    reason: 'network',
    message: expect.stringContaining('ECONNREFUSED'),
  });
});
