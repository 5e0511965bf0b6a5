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
  await rig.serve('a', [toService('app')]);
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

test.each<[string, string, () => object]>([
  ['Lua', 'x-lua', () => ({ lua: [{ inline: script }] })],
  [
    'an external processor',
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
    'x-plugin',
    () => ({ wasm: [{ code: { type: 'Image', image: { url: `${registry.host}/plugin:v1` } } }] }),
  ],
])(
  'the first policy with %s and the last one change no listener, close no connection and fail no request',
  async (_, header, fields) => {
    const policy = extensionPolicy({ targetRefs: [{ kind: 'HTTPRoute', name: 'a' }], ...fields() });
    const socket = await websocket();
    const before = { ...(await listenerStats()), sent: (await rig.sentByType())['Listener'] };
    const load = new OpenLoop({ port: rig.port, host: 'a.test', perSecond: 100 });
    rig.apply([policy]);
    await converge(async () => expect((await rig.send('a')).headers.has(header)).toBe(true));
    rig.apply([], [policy]);
    await converge(async () => expect((await rig.send('a')).headers.has(header)).toBe(false));
    // Longer than proxies keep removed plugins.
    await converge(async () => expect(await chains()).toBe(0));
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

async function websocket(): Promise<Socket> {
  const upgrade = request({
    port: rig.port,
    host: '127.0.0.1',
    headers: { host: 'a.test', connection: 'upgrade', upgrade: 'websocket' },
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

async function chains(): Promise<number> {
  const dump = await rig.envoy.configDump();
  return dump.split('default/plugins').length - 1;
}
