import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ExtProcServer, processorHeader } from '../rig/envoy/ext-proc-server.ts';
import { FakeRegistry } from '../rig/wasm/fake-registry.ts';
import { endpointSlice, extensionPolicy, service } from '../rig/objects/manifests.ts';
import { artifact } from '../rig/wasm/wasm-image.ts';
import { plugin } from '../rig/wasm/plugin.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyRig, toService } from '../rig/envoy/envoy-rig.ts';
import { OpenLoop } from '../rig/load/open-loop.ts';

let rig: EnvoyRig;
let registry: FakeRegistry;
let processor: ExtProcServer;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'filter-chain-'));
  registry = await new FakeRegistry({}).start();
  registry.push('plugin', 'v1', artifact(await plugin('wasm')));
  processor = await new ExtProcServer('processor').start();
  const hosts = [registry.host];
  rig = await EnvoyRig.start({ wasm: { cacheDirectory: directory, trust: hosts, plainHttp: hosts } });
  await rig.backend('app');
  for (const name of ['lua', 'processor', 'wasm']) await rig.serve(name, [toService('app')]);
  const { port } = processor;
  rig.apply([service('processor'), endpointSlice(['127.0.0.1'], { name: 'p', service: 'processor', port })]);
});

afterAll(async () => {
  await rig.close();
  processor.close();
  await registry.close();
  rmSync(directory, { recursive: true });
});

const script = `function envoy_on_response(handle) handle:headers():add('x-lua', 'lua') end`;

/** All at once, each on a route of its own, as each waits for as long as proxies keep removed plugins. */
test.concurrent.each<[string, string, string, () => object]>([
  ['Lua', 'lua', 'x-lua', () => ({ lua: [{ inline: script }] })],
  [
    'an external processor',
    'processor',
    processorHeader,
    () => ({
      extProc: [
        {
          backendRefs: [{ name: 'processor', port: 80 }],
          processingMode: { response: {} },
          messageTimeout: '5s',
        },
      ],
    }),
  ],
  [
    'Wasm',
    'wasm',
    'x-plugin',
    () => ({ wasm: [{ code: { type: 'Image', image: { url: `${registry.host}/plugin:v1` } } }] }),
  ],
])(
  'the first policy with %s and the last one change no listener, close no connection and fail no request',
  async (_, name, header, fields) => {
    const policy = extensionPolicy(
      { targetRefs: [{ kind: 'HTTPRoute', name }], ...fields() },
      { name: `plugins-${name}` },
    );
    const socket = await websocket(`${name}.test`);
    const before = { ...(await listenerStats()), sent: (await rig.sentByType())['Listener'] };
    const load = new OpenLoop({ port: rig.port, host: `${name}.test`, perSecond: 100 });
    rig.apply([policy]);
    await converge(async () => expect((await rig.send(name)).headers.has(header)).toBe(true));
    rig.apply([], [policy]);
    await converge(async () => expect((await rig.send(name)).headers.has(header)).toBe(false));
    await converge(async () => expect(await chains(name)).toBe(0));
    const { counts, sent } = await load.stop();
    const { 200: good = 0, ...others } = Object.fromEntries(counts);
    // While its code is fetched, a plugin closes its routes.
    if (header === 'x-plugin') expect(Object.keys(others).every((kind) => kind.startsWith('503'))).toBe(true);
    else expect({ good, others }).toEqual({ good: sent, others: {} });
    expect(await echoed(socket)).toBe('still there');
    expect({ ...(await listenerStats()), sent: (await rig.sentByType())['Listener'] }).toEqual(before);
    socket.destroy();
  },
);

async function websocket(host: string): Promise<Socket> {
  const upgrade = request({
    port: rig.port,
    host: '127.0.0.1',
    headers: { host, connection: 'upgrade', upgrade: 'websocket' },
  });
  upgrade.end();
  const [, socket] = (await once(upgrade, 'upgrade')) as [unknown, Socket];
  return socket;
}

async function echoed(socket: Socket): Promise<string> {
  const answer = once(socket, 'data') as Promise<[Buffer]>;
  socket.write('still there');
  return (await answer)[0].toString();
}

async function listenerStats(): Promise<Record<string, number>> {
  const stats = await rig.envoy.stats(
    'listener_manager.listener_(modified|added|removed|in_place_updated)$|downstream_cx_drain_close$',
  );
  return Object.fromEntries(stats);
}

/** Counts the policy's chain and plugins in the proxy. */
async function chains(name: string): Promise<number> {
  const dump = await rig.envoy.configDump();
  return dump.split(`default/plugins-${name}`).length - 1;
}
