import { afterAll, beforeAll, expect, test } from 'vitest';
import { plugin, pluginHeader } from '../rig/wasm/plugin.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyChild } from '../rig/envoy/envoy-child.ts';
import { freePorts } from '../rig/envoy/free-ports.ts';
import { send } from '../rig/envoy/http-client.ts';

const envoy = new EnvoyChild();
let port: number;

beforeAll(async () => {
  const ports = await freePorts(1);
  port = ports[0] ?? 0;
  await envoy.start({
    gateway: 'default/web',
    xdsPort: 1,
    concurrency: 1,
    bootstrap: staticBootstrap(port, await plugin('hello')),
  });
});
afterAll(() => envoy.stop());

test('the plugin of the tests is one that Envoy runs: it adds its header to every response', async () => {
  // The admin server opens first.
  const { status, headers } = await converge(() => send(port));
  expect(status).toBe(200);
  expect(headers.get(pluginHeader)).toEqual(['hello']);
  expect(envoy.log.filter((line) => line.includes('wasm'))).toEqual([]);
});

/** Answers by itself; the module is in the configuration, as from Sluice. */
function staticBootstrap(listenerPort: number, module: Uint8Array): string {
  const type = 'type.googleapis.com/envoy.extensions.filters';
  const wasm = {
    '@type': `${type}.http.wasm.v3.Wasm`,
    config: {
      name: 'plugin',
      vm_config: {
        runtime: 'envoy.wasm.runtime.v8',
        code: { local: { inline_bytes: Buffer.from(module).toString('base64') } },
      },
    },
  };
  const manager = {
    '@type': `${type}.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'http',
    http_filters: [
      { name: 'wasm', typed_config: wasm },
      { name: 'router', typed_config: { '@type': `${type}.http.router.v3.Router` } },
    ],
    route_config: {
      virtual_hosts: [
        {
          name: 'all',
          domains: ['*'],
          routes: [
            { match: { prefix: '/' }, direct_response: { status: 200, body: { inline_string: 'ok' } } },
          ],
        },
      ],
    },
  };
  return JSON.stringify({
    node: { cluster: 'default/web' },
    admin: { address: address(0) },
    static_resources: {
      listeners: [
        {
          name: 'http',
          address: address(listenerPort),
          filter_chains: [{ filters: [{ name: 'http', typed_config: manager }] }],
        },
      ],
    },
  });
}

function address(portValue: number): object {
  return { socket_address: { address: '127.0.0.1', port_value: portValue } };
}
