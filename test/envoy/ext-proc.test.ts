import { afterAll, beforeAll, expect, test } from 'vitest';
import { ExtProcServer, processorHeader } from '../rig/envoy/ext-proc-server.ts';
import { endpointSlice, extensionPolicy, service } from '../rig/objects/manifests.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyRig, toService } from '../rig/envoy/envoy-rig.ts';
import { OpenLoop } from '../rig/load/open-loop.ts';

let rig: EnvoyRig;
const servers: ExtProcServer[] = [];

beforeAll(async () => {
  // A request under way asks the server that its policy named when it came: on a slow machine, for seconds.
  rig = await EnvoyRig.start({ drainMs: 10_000 });
  await rig.backend('app');
  for (const name of ['a', 'b']) await rig.serve(name, [toService('app')]);
  for (const name of ['one', 'two']) pointAt(name, await server(name));
});
afterAll(async () => {
  for (const each of servers) each.close();
  await rig.close();
});

async function server(name: string): Promise<ExtProcServer> {
  const started = await new ExtProcServer(name).start();
  servers.push(started);
  return started;
}

function pointAt(name: string, { port }: ExtProcServer): void {
  rig.apply([service(name), endpointSlice(['127.0.0.1'], { name: `${name}-0`, service: name, port })]);
}

function policy(serviceName: string, fields: object = {}): object {
  const extProc = {
    backendRefs: [{ name: serviceName, port: 80 }],
    processingMode: { response: {} },
    messageTimeout: '30s',
    ...fields,
  };
  return extensionPolicy(
    { targetRefs: [{ kind: 'HTTPRoute', name: 'a' }], extProc: [extProc] },
    { name: 'p' },
  );
}

async function header(name: string): Promise<string> {
  const { status, headers } = await rig.send(name);
  return status === 200 ? (headers.get(processorHeader)?.join() ?? 'none') : String(status);
}

test('a server is shown the responses of its own routes, and does what it says', async () => {
  rig.apply([policy('one')]);
  await converge(async () => expect(await header('a')).toBe('one'));
  expect(await header('b')).toBe('none');
  await converge(() => rig.condition('EnvoyExtensionPolicy', 'p', 'Accepted')?.status === 'True');
});

test('attributes go along, and requests that are not to be shown are not', async () => {
  const [one] = servers;
  expect(one?.attributes).toEqual([]);
  rig.apply([policy('one', { processingMode: { request: { attributes: ['request.path'] }, response: {} } })]);
  await converge(async () => {
    expect(await header('a')).toBe('one');
    expect(one?.attributes).toEqual(['request.path']);
  });
});

test('its endpoints are followed', async () => {
  pointAt('one', await server('moved'));
  await converge(async () => expect(await header('a')).toBe('moved'));
});

test('a policy goes from one Service to another and back, 50 times, and no request fails', async () => {
  const load = new OpenLoop({ port: rig.port, host: 'a.test', perSecond: 200 });
  for (let i = 0; i < 50; i++) {
    const to = i % 2 === 0 ? 'two' : 'one';
    rig.apply([policy(to)]);
    await converge(async () => expect(await header('a')).toBe(to === 'one' ? 'moved' : 'two'));
  }
  const { counts, sent } = await load.stop();
  expect(Object.fromEntries(counts)).toEqual({ 200: sent });
}, 180_000);

const breaker = (maxParallelRequests: number) => ({
  backendSettings: { circuitBreaker: { maxParallelRequests } },
  statusOnError: 503,
});

test('settings of the server are in force', async () => {
  rig.apply([policy('two', breaker(0))]);
  await converge(async () => expect(await header('a')).toBe('503'));
  rig.apply([policy('two', breaker(10))]);
  await converge(async () => expect(await header('a')).toBe('two'));
});

test('without its server a route is closed with the status given, or open, as the policy says', async () => {
  rig.apply([endpointSlice([], { name: 'two-0', service: 'two' }), policy('two', { statusOnError: 503 })]);
  await converge(async () => expect(await header('a')).toBe('503'));
  expect(await header('b')).toBe('none');
  rig.apply([policy('two', { failOpen: true })]);
  await converge(async () => expect(await header('a')).toBe('none'));
});

test('a policy without a Service is said so', async () => {
  rig.apply([policy('absent')]);
  await converge(async () => expect(await header('a')).toBe('500'));
  await converge(() =>
    expect(rig.condition('EnvoyExtensionPolicy', 'p', 'Accepted')?.message).toBe(
      'spec.extProc[0].backendRefs[0].name: Service default/absent does not exist',
    ),
  );
  rig.apply([policy('absent', { failOpen: true })]);
  await converge(async () => expect(await header('a')).toBe('none'));
});
